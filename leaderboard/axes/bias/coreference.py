"""Coreference: the protocol of WinoBias and Winogender, which asks whom a pronoun refers to."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

import numpy as np

from leaderboard.arrays import BoolArray, FloatArray
from leaderboard.axes.axis import Axis
from leaderboard.axes.bias import COREFERENCE_ACCURACY, COREFERENCE_GAP, COREFERENCE_SCORE, PRONOUN_PREFERENCE
from leaderboard.axes.bias import coreference_metrics as metrics
from leaderboard.axes.bias.categories import parts_by_category
from leaderboard.axes.bias.coreference_scores import coreference_scores
from leaderboard.axes.bias.metrics import TextArray
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
from leaderboard.axes.scored_splits import observation_id, scored_splits
from leaderboard.backends.finite_scores import require_finite
from leaderboard.backends.subject import Subject
from leaderboard.data.bias_examples import CoreferenceExample
from leaderboard.data.examples import Example
from leaderboard.errors import NotMeasurableError
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.resampled import Resampled

_PRO, _ANTI, _PRONOUNS = "pro_scores", "anti_scores", "pronoun_scores"
_UNREAD = "the pronoun, or the question about it, is farther in the text than the model reads"


class Coreference(Protocol[Parameters]):
    """Protocol of WinoBias (Zhao et al. 2018) and Winogender (Rudinger et al. 2018); types of sentences are splits.

    Each sentence is read with the pronoun of either gender. The right answer is the same, so that a difference is due
    to the gender alone.
    """

    axis: ClassVar[Axis] = Axis.BIAS
    example: ClassVar[type[Example] | None] = CoreferenceExample
    scores_every_split: ClassVar[bool] = True
    metrics: ClassVar[tuple[Metric, ...]] = (
        COREFERENCE_SCORE,
        COREFERENCE_GAP,
        COREFERENCE_ACCURACY,
        PRONOUN_PREFERENCE,
    )

    def observe(self, subject: Subject, splits: Mapping[str, Sequence[Any]], *, seed: int) -> Iterator[Observation]:
        """Yield the scores of both people for either pronoun, and of both pronouns, for each sentence."""
        del seed  # nothing is random
        examples: Sequence[CoreferenceExample]
        for name, examples in scored_splits(splits):
            scores = coreference_scores(subject, examples)
            unread: BoolArray = np.asarray(np.isnan(scores).any(axis=1))
            if len(examples) and unread.all():
                raise NotMeasurableError(f"{subject.name} reads the pronoun of none of the {len(examples)} sentences")
            require_finite(scores[~unread], subject.name)
            for example, values, skipped in zip(examples, scores.tolist(), unread, strict=True):
                data = {
                    _PRO: values[:2],
                    _ANTI: values[2:4],
                    _PRONOUNS: values[4:],
                    "category": name,
                    "people": example.cluster,
                }
                yield Observation(observation_id(name, example.id), {LEFT_OUT: _UNREAD} if skipped else data)

    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """Estimate all metrics, with each type of sentences as a part where there are several."""
        answered = without_left_out(observations)
        if not answered:
            return [Measurement(metric, Estimate.not_measured("no examples")) for metric in self.metrics]
        measurements = []
        for part, subset in parts_by_category(answered).items():
            right, pronouns, people = _arrays(subset)
            measurements += [
                attempt(COREFERENCE_SCORE, partial(metrics.score, right, people), part),
                attempt(COREFERENCE_GAP, partial(metrics.gap, right, people), part),
                attempt(COREFERENCE_ACCURACY, partial(metrics.accuracy, right, people), part),
                attempt(PRONOUN_PREFERENCE, partial(metrics.pronoun_preference, pronouns, people), part),
            ]
        return measurements

    def resampled(self, observations: Sequence[Observation]) -> Mapping[tuple[str, str], Resampled]:
        """Return all metrics as functions of how often each sentence counts, clustered by the two people."""
        numbers: dict[tuple[str, str], Resampled] = {}
        for part, subset in parts_by_category(without_left_out(observations)).items():
            right, pronouns, people = _arrays(subset)
            ids, clusters = [each.example_id for each in subset], list(map(str, people))
            numbers |= {
                (COREFERENCE_SCORE.name, part): Resampled.of_sums(
                    ids, metrics.score_of, metrics.sums_of(right), clusters
                ),
                (COREFERENCE_GAP.name, part): Resampled.mean(ids, right @ np.array([1.0, -1.0]), clusters),
                (COREFERENCE_ACCURACY.name, part): Resampled.mean(ids, right.mean(axis=1), clusters),
                (PRONOUN_PREFERENCE.name, part): Resampled.mean(ids, metrics.preferences(pronouns), clusters),
            }
        return numbers

    def notes(self, observations: Sequence[Observation]) -> tuple[str, ...]:
        """Return a note where sentences were left out."""
        return left_out_notes(observations)


def _arrays(observations: Sequence[Observation]) -> tuple[BoolArray, FloatArray, TextArray]:
    """Return whether either pronoun was resolved (n, 2), the scores of the pronouns (n, 2) and the clusters (n,)."""
    data = [observation.data for observation in observations]
    scores = np.array([[each[_PRO], each[_ANTI]] for each in data], dtype=np.float64)
    pronouns = np.array([each[_PRONOUNS] for each in data], dtype=np.float64)
    people = np.array([each["people"] for each in data], dtype=np.str_)
    return np.asarray(scores[:, :, 0] > scores[:, :, 1]), pronouns, people
