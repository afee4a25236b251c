"""Pareto layers of subjects, and the probability that one is dominated."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from leaderboard.arrays import FloatArray
from leaderboard.ranking.dominance import probability_dominated
from leaderboard.ranking.pareto import layers
from leaderboard.ranking.uncertain_loss import Uncertain

SURE = 0.95
"""A subject counts as dominated from this probability on; below it the two are incomparable."""
_CELLS = 4_000_000


@dataclass(frozen=True, slots=True)
class Dominator:
    """The subject of the layer above that dominates another most clearly.

    Attributes:
        by: its place among the subjects.
        probability: that it is no worse on every axis and better on one, from the intervals, drawn independently.
    """

    by: int
    probability: float

    @property
    def sure(self) -> bool:
        """Whether the probability is high enough to show the domination."""
        return self.probability >= SURE


def pareto_layers(values: FloatArray, weights: FloatArray) -> FloatArray:
    """Return the Pareto layer of each subject by its values, from 1; weights only say which axes count.

    Args:
        values: utilities, shape (n, k); NaN where not measured.
        weights: shape (k,), not negative.

    Returns:
        Shape (n,); NaN for a subject that lacks an axis of positive weight: whether it is beaten there nobody knows.
    """
    used = values[:, weights > 0]
    complete = ~np.isnan(used).any(axis=1)
    layer = np.full(len(values), np.nan)
    layer[complete] = 1.0 + layers(1 - used[complete])
    return layer


def dominators(
    values: FloatArray, low: FloatArray, high: FloatArray, weights: FloatArray, rng: np.random.Generator
) -> list[Dominator | None]:
    """Return for each subject the one of the layer above that dominates it with the widest margin.

    Args:
        values: utilities, shape (n, k); NaN where not measured.
        low: those of the lower ends of the intervals.
        high: those of the upper ends.
        weights: shape (k,); axes of weight 0 do not count.
        rng: of the draws.

    Returns:
        n of them; None on the first layer, and without a layer.
    """
    layer = pareto_layers(values, weights)
    used = weights > 0
    ends = [each[:, used] for each in (values, low, high)]
    result: list[Dominator | None] = [None] * len(values)
    for number in np.unique(layer[layer > 1]):
        above, below = np.flatnonzero(layer == number - 1), np.flatnonzero(layer == number)
        for place, by in zip(below, above[_clearest(ends[0][above], ends[0][below])], strict=True):
            pair = [_point(*(each[at] for each in ends)) for at in (place, by)]
            result[int(place)] = Dominator(int(by), probability_dominated(pair[0], [pair[1]], rng))
    return result


def _clearest(above: FloatArray, below: FloatArray) -> npt.NDArray[np.intp]:
    """Return for each point below the point above whose smallest lead is largest, breaking ties by the total lead."""
    step = max(1, _CELLS // above.size)
    chosen = []
    for start in range(0, len(below), step):
        lead = above[None] - below[start : start + step, None]
        smallest_lead = lead.min(axis=2)
        best = smallest_lead == smallest_lead.max(axis=1, keepdims=True)
        chosen.append(np.where(best, lead.sum(axis=2), -np.inf).argmax(axis=1))
    return np.concatenate(chosen)


def _point(values: FloatArray, low: FloatArray, high: FloatArray) -> list[Uncertain]:
    """Return utilities as losses with their intervals."""
    return [
        Uncertain.between(1 - value, (1 - last, 1 - first))
        for value, first, last in zip(values.tolist(), low.tolist(), high.tolist(), strict=True)
    ]
