"""Pre-training membership: the protocol of attacks on texts that a model may have been pre-trained on."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from leaderboard.axes.axis import Axis
from leaderboard.axes.finite import require_finite
from leaderboard.axes.metric import Metric
from leaderboard.axes.privacy import ATTACK_AUC, ATTACK_TPR, ATTACK_TPR_LOW, BLIND_AUC, LEAK_AUC, pretraining
from leaderboard.axes.privacy.attack_scores import AttackScores, columns, ids_of_sides, is_held_out
from leaderboard.axes.privacy.blind import blind_scores
from leaderboard.axes.protocol import Measurement, Observation, Parameters, Protocol
from leaderboard.backends.capability import Capability
from leaderboard.backends.likelihood import Likelihood, TokenStatistics
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import Example, TextExample
from leaderboard.errors import NotMeasurableError
from leaderboard.stats.resampled import Resampled

_ATTACKS = ("loss", "zlib", "min_k", "min_k_plus_plus")
_WORK = "reading texts"


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
    metrics: ClassVar[tuple[Metric, ...]] = (LEAK_AUC, ATTACK_AUC, ATTACK_TPR, ATTACK_TPR_LOW, BLIND_AUC)
    reads_labels: ClassVar[bool] = False
    asks_about_training: ClassVar[bool] = True

    def observe(self, subject: Subject, splits: Mapping[str, Sequence[Any]], *, seed: int) -> Iterator[Observation]:
        """Yield the scores of the attacks for each text: means of log-probabilities in nats, but for the last."""
        del seed  # nothing is random
        members, nonmembers = distinct_texts(splits["members"], splits["nonmembers"])
        if not members or not nonmembers:
            raise NotMeasurableError("no text is on one side alone; `members` and `nonmembers` need different texts")
        likelihood = subject.likelihood()
        texts = [_readable(likelihood, example.whole) for example in (*members, *nonmembers)]
        ids = ids_of_sides(*([example.id for example in side] for side in (members, nonmembers)))
        member, held_out = np.arange(len(ids)) < len(members), np.array([is_held_out(each) for each in ids])
        blind = dict(
            zip(np.flatnonzero(held_out).tolist(), blind_scores(texts, member, held_out).tolist(), strict=True)
        )
        scored = likelihood.token_statistics(texts)
        if scored is None:
            requests = [("", text) for text in texts]
            scored = [_without_moments(each.logprobs) for each in likelihood.token_scores(requests, work=_WORK)]
        for index, (text, statistics) in enumerate(zip(texts, scored, strict=True)):
            data = {"member": bool(member[index]), "characters": len(text), "blind_score": blind.get(index)}
            yield Observation(ids[index], {**data, **_scores(text, statistics, subject.name)})

    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """Estimate all metrics, with each attack as a part."""
        return _attack_scores(observations).measurements()

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


def _readable(likelihood: Likelihood, text: str) -> str:
    """Return the beginning of a text that the model reads at once, so that all scores are of the same text."""
    longest = likelihood.longest
    while longest and (length := likelihood.prompt_length(text) or 0) > longest:
        text = text[: max(1, min(len(text) - 1, len(text) * longest // length))]
    return text


def _without_moments(logprobs: Any) -> TokenStatistics:
    nothing = np.empty(0)
    return TokenStatistics(np.asarray(logprobs, dtype=np.float64), nothing, nothing)


def _scores(text: str, statistics: TokenStatistics, name: str) -> dict[str, float | None]:
    """Return the score of each attack; larger means "more likely trained on"."""
    logprobs = require_finite(statistics.logprobs, name)
    has_moments = len(statistics.mean) == len(logprobs)
    return {
        "loss": pretraining.loss(logprobs),
        "zlib": pretraining.zlib_ratio(logprobs, text),
        "min_k": pretraining.min_k(logprobs),
        "min_k_plus_plus": pretraining.min_k_plus_plus(logprobs, statistics.mean, statistics.variance)
        if has_moments
        else None,
    }


def _attack_scores(observations: Sequence[Observation]) -> AttackScores:
    """Return the scores of all attacks that every observation has."""
    ordered = sorted(observations, key=lambda observation: observation.example_id)
    names = [name for name in _ATTACKS if all(each.data[name] is not None for each in ordered)]
    blind, member, *scores = columns(ordered, "blind_score", "member", *names)
    return AttackScores(
        tuple(observation.example_id for observation in ordered),
        member.astype(np.bool_),
        dict(zip(names, scores, strict=True)),
        blind,
        tprs=(ATTACK_TPR, ATTACK_TPR_LOW),
    )
