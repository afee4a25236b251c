"""Scores of a check by method and text, and their mean with its interval."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from leaderboard.axes.explainability.checks.check import Check
from leaderboard.axes.metric import Metric
from leaderboard.axes.protocol import Observation
from leaderboard.stats.bounded import bounded_mean
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.intervals import mean


@dataclass(frozen=True, slots=True)
class MethodScores:
    """Scores of one method.

    Attributes:
        ids: ids of the texts that have a score, in their order.
        values: their scores.
    """

    ids: list[str]
    values: list[float]


def scores_of(check: Check, observations: Sequence[Observation]) -> dict[str, MethodScores]:
    """Return the scores of a check by method; "" is that of all methods together."""
    parts: dict[str, MethodScores] = {}
    for observation in sorted(observations, key=lambda each: each.example_id):
        for part, score in check.scores(observation.data).items():
            scores = parts.setdefault(part, MethodScores([], []))
            scores.ids.append(observation.example_id)
            scores.values.append(score)
    return parts


def reasons_of(check: Check, observations: Sequence[Observation]) -> dict[str, str]:
    """Return the first reason why a method has no score, by method."""
    reasons: dict[str, str] = {}
    for observation in sorted(observations, key=lambda each: each.example_id):
        reasons = {**check.reasons(observation.data), **reasons}
    return reasons


def estimate_of(metric: Metric, scores: MethodScores) -> Estimate:
    """Return the mean over texts.

    Interval: that of `bounded_mean` between the bounds of the metric, else Student's t.
    """
    if all(map(math.isfinite, metric.bounds)):
        return bounded_mean(scores.values, metric.bounds)
    return mean(scores.values)
