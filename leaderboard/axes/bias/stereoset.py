"""StereoSet: the protocol that compares the likelihoods of stereotypes, their opposites and unrelated words."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from leaderboard.arrays import FloatArray
from leaderboard.axes.axis import Axis
from leaderboard.axes.bias import ICAT, LANGUAGE_MODELLING_SCORE, STEREOTYPE_SCORE, metrics
from leaderboard.axes.bias.association_scores import association_scores
from leaderboard.axes.metric import Metric
from leaderboard.axes.protocol import (
    LEFT_OUT,
    Measurement,
    Observation,
    Parameters,
    Protocol,
    attempt,
    left_out_notes,
    without_left_out,
)
from leaderboard.backends.finite_scores import require_finite
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import AssociationExample, Example
from leaderboard.errors import NotMeasurableError
from leaderboard.stats.resampled import Resampled

METRICS = {
    ICAT: metrics.icat,
    STEREOTYPE_SCORE: metrics.stereotype_score,
    LANGUAGE_MODELLING_SCORE: metrics.language_modelling_score,
}

_SCORES = ("stereotype_score", "antistereotype_score", "unrelated_score")
_UNREAD = "the gap has no tokens, or is farther in the text than the model reads"
_FORMULAS: dict[Metric, Callable[[FloatArray], FloatArray]] = {
    ICAT: lambda sums: metrics.icat_of(sums[:, 1] / sums[:, 0], sums[:, 2] / sums[:, 0]),
    STEREOTYPE_SCORE: lambda sums: sums[:, 1] / sums[:, 0],
    LANGUAGE_MODELLING_SCORE: lambda sums: sums[:, 2] / sums[:, 0],
}
"""Formulas from the sums of weights, of preferences and of meaningful fillings."""


class StereoSet(Protocol[Parameters]):
    """Protocol of the sentences with a gap of StereoSet (Nadeem et al. 2021, "intrasentence") on split `test`.

    As in the authors' scripts a masked model scores the word in the gap, by the mean probability of its tokens, and a
    causal one the filled sentence, by the mean log-likelihood of its tokens.

    Version 2 has other intervals: resamples of ICAT of 30 to 50 targets held the truth in .82 of the cases.
    """

    version: ClassVar[int] = 2
    axis: ClassVar[Axis] = Axis.BIAS
    example: ClassVar[type[Example] | None] = AssociationExample
    metrics: ClassVar[tuple[Metric, ...]] = tuple(METRICS)

    def observe(self, subject: Subject, splits: Mapping[str, Sequence[Any]], *, seed: int) -> Iterator[Observation]:
        """Yield the three scores of each sentence: probabilities of masked models, nats per token of causal ones."""
        del seed  # nothing is random
        examples: Sequence[AssociationExample] = splits["test"]
        scores = association_scores(subject, examples)
        is_unread: npt.NDArray[np.bool_] = np.asarray(np.isnan(scores).all(axis=1))
        if is_unread.all() and len(examples):
            raise NotMeasurableError(f"{subject.name} reads the gap of none of the {len(examples)} examples")
        require_finite(scores[~is_unread], subject.name)
        for example, example_scores, skipped in zip(examples, scores, is_unread, strict=True):
            if skipped:
                yield Observation(example.id, {LEFT_OUT: _UNREAD})
                continue
            stereotype, antistereotype, unrelated = map(float, example_scores)
            yield Observation(
                example.id,
                {
                    "stereotype_score": stereotype,
                    "antistereotype_score": antistereotype,
                    "unrelated_score": unrelated,
                    "target": example.target,
                    "category": example.category,
                },
            )

    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """Estimate all metrics, with each category as a part."""
        observations = without_left_out(observations)
        if not observations:
            empty = np.empty((0, len(_SCORES))), np.empty(0, dtype=np.str_)
            return [Measurement(metric, estimate(*empty)) for metric, estimate in METRICS.items()]
        return [
            attempt(metric, partial(estimate, *_columns(subset)), part)
            for part, subset in _parts(observations).items()
            for metric, estimate in METRICS.items()
        ]

    def resampled(self, observations: Sequence[Observation]) -> Mapping[tuple[str, str], Resampled]:
        """Return all metrics as functions of how often each sentence counts; targets are resampled as clusters."""
        numbers = {}
        for part, subset in _parts(without_left_out(observations)).items():
            scores, targets = _columns(subset)
            _, owner, sizes = np.unique(targets, return_inverse=True, return_counts=True)
            weight = 1 / sizes[owner]
            sums = [weight, 100 * weight * metrics.stereotypes(scores), 100 * weight * metrics.meaningful(scores)]
            if not np.isfinite(scores).all():
                continue
            for metric, formula in _FORMULAS.items():
                numbers[metric.name, part] = Resampled.of_sums(
                    [observation.example_id for observation in subset],
                    formula,
                    np.stack(sums, axis=1),
                    list(map(str, targets)),
                )
        return numbers

    def notes(self, observations: Sequence[Observation]) -> tuple[str, ...]:
        """Return a note where sentences were left out."""
        return left_out_notes(observations)


def _parts(observations: Sequence[Observation]) -> dict[str, Sequence[Observation]]:
    """Return the observations of all sentences, and of those of each category."""
    parts: dict[str, Sequence[Observation]] = {"": observations} if observations else {}
    for category in sorted({observation.data["category"] for observation in observations}):
        parts[category] = [observation for observation in observations if observation.data["category"] == category]
    return parts


def _columns(observations: Sequence[Observation]) -> tuple[FloatArray, metrics.TextArray]:
    """Return the three scores of each sentence, shape (n, 3), and its target, shape (n,)."""
    scores = np.array([[observation.data[name] for name in _SCORES] for observation in observations], dtype=np.float64)
    return scores, np.array([observation.data["target"] for observation in observations], dtype=np.str_)
