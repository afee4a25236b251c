"""Pre-training membership: the protocol of attacks on texts that a model may have been pre-trained on."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from leaderboard.axes.axis import Axis
from leaderboard.axes.metric import Metric
from leaderboard.axes.privacy import ATTACK_AUC, ATTACK_ROC, ATTACK_TPR, ATTACK_TPR_LOW, BLIND_AUC, LEAK_AUC, LEAK_TPR
from leaderboard.axes.privacy.attack_scores import AttackScores, ids_of_sides, is_held_out
from leaderboard.axes.privacy.attacks.registry import membership_attacks, mounted
from leaderboard.axes.privacy.blind import blind_scores
from leaderboard.axes.privacy.token_evidence import readable, token_evidence
from leaderboard.axes.protocol import Measurement, Observation, Parameters, Protocol
from leaderboard.backends.capability import Capability
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import Example, TextExample
from leaderboard.errors import NotMeasurableError
from leaderboard.stats.resampled import Resampled


class PretrainingMembership(Protocol[Parameters]):
    """Protocol that attacks a model with texts that it was pre-trained on and texts that it was not.

    Splits `members` and `nonmembers` are the claim of the task, which the blind baseline tests: where the texts alone
    tell both apart, an attack measures the difference of the texts. Attacks: `loss` (Yeom et al. 2018), `zlib` (Carlini
    et al. 2021), `min_k` (Shi et al. 2024), and `min_k_plus_plus` (Zhang et al. 2025) where the model gives whole
    distributions. Observations hold scores, and no text.
    """

    axis: ClassVar[Axis] = Axis.PRIVACY
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.LOGLIKELIHOOD})
    example: ClassVar[type[Example] | None] = TextExample
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

    def observe(self, subject: Subject, splits: Mapping[str, Sequence[Any]], *, seed: int) -> Iterator[Observation]:
        """Yield the scores of the attacks for each text: means of log-probabilities in nats, but for the last."""
        del seed  # nothing is random
        members, nonmembers = distinct_texts(splits["members"], splits["nonmembers"])
        if not members or not nonmembers:
            raise NotMeasurableError("no text is on one side alone; `members` and `nonmembers` need different texts")
        likelihood = subject.likelihood()
        texts = [readable(likelihood, example.whole) for example in (*members, *nonmembers)]
        ids = ids_of_sides(*([example.id for example in side] for side in (members, nonmembers)))
        member, held_out = np.arange(len(ids)) < len(members), np.array([is_held_out(each) for each in ids])
        blind = dict(
            zip(np.flatnonzero(held_out).tolist(), blind_scores(texts, member, held_out).tolist(), strict=True)
        )
        scores = mounted(token_evidence(likelihood, texts, subject.name), subject.name)
        for index, text in enumerate(texts):
            data = {"member": bool(member[index]), "characters": len(text), "blind_score": blind.get(index)}
            yield Observation(ids[index], {**data, **{name: float(each[index]) for name, each in scores.items()}})

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
    """Return the examples of both sides without blank and repeated texts, and non-members without texts of members."""
    seen_texts = {""}
    sides = []
    for side in (members, nonmembers):
        kept = []
        for example in side:
            if example.whole.strip() not in seen_texts:
                seen_texts.add(example.whole.strip())
                kept.append(example)
        sides.append(kept)
    return sides[0], sides[1]


def _attack_scores(observations: Sequence[Observation]) -> AttackScores:
    """Return the scores of all attacks that every observation has."""
    ordered = sorted(observations, key=lambda observation: observation.example_id)
    names = membership_attacks()
    scores = [{name: each.data[name] for name in names if each.data.get(name) is not None} for each in ordered]
    return AttackScores.of(ordered, scores, tprs=(ATTACK_TPR, ATTACK_TPR_LOW))
