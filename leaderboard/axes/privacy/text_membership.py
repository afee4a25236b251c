"""TextMembership: what attacks on the training texts of causal models share, pre-trained ones or fine-tuned ones."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, ClassVar, TypeVar

import numpy as np
from pydantic import Field

from leaderboard.arrays import FloatArray
from leaderboard.axes.axis import Axis
from leaderboard.axes.metric import Metric
from leaderboard.axes.privacy import ATTACK_AUC, ATTACK_ROC, ATTACK_TPR, ATTACK_TPR_LOW, BLIND_AUC, LEAK_AUC, LEAK_TPR
from leaderboard.axes.privacy.attack_scores import AttackScores, ids_of_sides, is_held_out
from leaderboard.axes.privacy.attacks.registry import membership_attacks, mounted
from leaderboard.axes.privacy.blind import blind_scores
from leaderboard.axes.privacy.neighbours import neighbours_of
from leaderboard.axes.privacy.token_evidence import readable, token_evidence
from leaderboard.axes.protocol import Measurement, Observation, Parameters, Protocol
from leaderboard.backends.capability import Capability
from leaderboard.backends.likelihood import Likelihood
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import TextExample
from leaderboard.errors import NotMeasurableError
from leaderboard.stats.resampled import Resampled


class TextMembershipParameters(Parameters):
    """Parameters of attacks on texts.

    Attributes:
        neighbours: number of neighbours of each text for the neighbourhood attack, each of which the model reads; 0
            leaves the attack out.
    """

    neighbours: Annotated[int, Field(ge=0, le=100)] = 5


M = TypeVar("M", bound=TextMembershipParameters)


class TextMembership(Protocol[M]):
    """Protocol that attacks a causal model with texts that it was trained on and texts that it was not.

    Attacks: `loss` (Yeom et al. 2018), `zlib` (Carlini et al. 2021), `min_k` (Shi et al. 2024), `min_k_plus_plus`
    (Zhang et al. 2025) where the model gives whole distributions, `neighbourhood` (Mattern et al. 2023), and
    `calibrated` (Watson et al. 2022) where there is a reference model. Observations hold scores, and no text.
    """

    axis: ClassVar[Axis] = Axis.PRIVACY
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.LOGLIKELIHOOD})
    metrics: ClassVar[tuple[Metric, ...]] = (
        LEAK_AUC,
        LEAK_TPR,
        ATTACK_AUC,
        ATTACK_TPR,
        ATTACK_TPR_LOW,
        BLIND_AUC,
    )
    reported: ClassVar[tuple[Metric, ...]] = (ATTACK_ROC,)
    reads_labels: ClassVar[bool] = False
    asks_about_training: ClassVar[bool] = True

    @abstractmethod
    def sides(
        self, subject: Subject, splits: Mapping[str, Sequence[Any]], *, seed: int
    ) -> tuple[Sequence[TextExample], Sequence[TextExample]]:
        """Return the members and the non-members, all of different texts, at least one of each.

        Raises:
            NotMeasurableError: when there are none.
        """

    @abstractmethod
    def reference(self, subject: Subject) -> Likelihood | None:
        """Return the log-likelihoods of a model that was trained on neither side; None where there is none."""

    def observe(self, subject: Subject, splits: Mapping[str, Sequence[Any]], *, seed: int) -> Iterator[Observation]:
        """Yield the scores of the attacks for each text: log-probabilities in nats, but for the last."""
        members, nonmembers = self.sides(subject, splits, seed=seed)
        likelihood, reference = subject.likelihood(), self.reference(subject)
        texts = [readable(likelihood, example.whole) for example in (*members, *nonmembers)]
        ids = ids_of_sides(*([example.id for example in side] for side in (members, nonmembers)))
        member, held_out = np.arange(len(ids)) < len(members), np.array([is_held_out(each) for each in ids])
        blind = dict(
            zip(np.flatnonzero(held_out).tolist(), blind_scores(texts, member, held_out).tolist(), strict=True)
        )
        evidence = token_evidence(likelihood, texts, subject.name)
        if reference is not None:
            name = f"the reference of {subject.name}"
            evidence = replace(evidence, reference_losses=token_evidence(reference, texts, name).losses)
        if self.parameters.neighbours:
            evidence = replace(evidence, neighbour_losses=self._neighbour_losses(likelihood, texts, subject.name))
        scores = mounted(evidence, subject.name)
        for index, text in enumerate(texts):
            data = {"member": bool(member[index]), "characters": len(text), "blind_score": blind.get(index)}
            yield Observation(ids[index], {**data, **{name: float(each[index]) for name, each in scores.items()}})

    def _neighbour_losses(self, likelihood: Likelihood, texts: Sequence[str], source: str) -> FloatArray:
        """Return the losses of neighbours of each text, shape (neighbours, n)."""
        count = self.parameters.neighbours
        neighbours = [readable(likelihood, each) for text in texts for each in neighbours_of(text, count)]
        losses = token_evidence(likelihood, neighbours, f"{source}, of neighbours of the texts").losses
        return losses.reshape(len(texts), count).T

    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """Estimate all metrics, with each attack as a part."""
        scores = _attack_scores(observations)
        return [*scores.measurements(), *scores.roc()]

    def resampled(self, observations: Sequence[Observation]) -> Mapping[tuple[str, str], Resampled]:
        """Return all measured metrics as functions of how often each text counts, with the chosen attack fixed."""
        measured_keys = {
            (each.metric.name, each.part) for each in self.estimate(observations) if each.estimate.value is not None
        }
        numbers = _attack_scores(observations).resampled()
        return {key: number for key, number in numbers.items() if key in measured_keys}


def distinct_texts(
    members: Sequence[TextExample], nonmembers: Sequence[TextExample]
) -> tuple[list[TextExample], list[TextExample]]:
    """Return the examples of both sides without blank and repeated texts, and non-members without texts of members.

    Raises:
        NotMeasurableError: when a side has none left.
    """
    seen_texts = {""}
    sides = []
    for side in (members, nonmembers):
        kept = []
        for example in side:
            if example.whole.strip() not in seen_texts:
                seen_texts.add(example.whole.strip())
                kept.append(example)
        sides.append(kept)
    if not all(sides):
        raise NotMeasurableError("no text is on one side alone; members and non-members need different texts")
    return sides[0], sides[1]


def _attack_scores(observations: Sequence[Observation]) -> AttackScores:
    """Return the scores of all attacks that every observation has."""
    ordered = sorted(observations, key=lambda observation: observation.example_id)
    names = membership_attacks()
    scores = [{name: each.data[name] for name in names if each.data.get(name) is not None} for each in ordered]
    return AttackScores.of(ordered, scores, tprs=(ATTACK_TPR, ATTACK_TPR_LOW))
