"""Rank intervals: the places that a subject could as well have, were the weights or the examples others.

    over_weights    the weights are drawn, all of them alike likely
    over_examples   simultaneous intervals of all pairwise differences (Mogstad, Romano, Shaikh & Wilhelm 2024)

Drawing the examples again and looking where 95 % of the draws put a subject is no confidence interval of its rank:
among near-tied subjects a draw puts the luckiest first, and the true extreme ranks are covered far too rarely. What can
be known is which differences of scores are significant, all of them at once: a subject is behind those that are
significantly better, and before those that are significantly worse.

A place is from 1 + how many are better to how many are as good, so two that are alike can have either's place.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from leaderboard.axes.metric import Axis
from leaderboard.errors import RequestError
from leaderboard.ranking.methods.merits import MERITS
from leaderboard.ranking.methods.method import Method
from leaderboard.ranking.weighing import FloatArray, places, relative

DRAWS = 1000
CONFIDENCE = 0.95
_TAILS = (2.5, 97.5)
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class RankIntervals:
    """Between which places each subject is, with 95 %.

    Attributes:
        low: the better end, shape (n,); NaN for a subject without a place.
        high: the worse end.
    """

    low: FloatArray
    high: FloatArray


def over_weights(
    values: FloatArray,
    rng: np.random.Generator,
    *,
    weights: Mapping[Axis, float] | None = None,
    method: Method = Method.WEIGHTED,
    draws: int = DRAWS,
    below: BoolArray | None = None,
) -> RankIntervals:
    """How the ranks move with the weights: these are drawn from a flat Dirichlet distribution over the axes that count.

    Args:
        values: utilities, shape (n, 6); a subject with NaN on an axis that counts has no place.
        rng: of the draws.
        weights: an axis of weight 0 stays out; otherwise they do not matter.
        method: how utilities become an order.
        draws: how many.
        below: the subjects that are ranked below all others, shape (n,); none where None.

    Raises:
        RequestError: for weights that are negative, not finite, or all zero.
    """
    used = relative(weights) > 0
    complete: BoolArray = np.asarray(~np.isnan(values[:, used]).any(axis=1))
    drawn = np.zeros((draws, len(used)))
    drawn[:, used] = rng.dirichlet(np.ones(used.sum()), draws)
    last = np.zeros(len(values), np.bool_) if below is None else below
    merits = (MERITS[method](values[complete], each) for each in drawn)
    return _placed(complete, *_percentiles(merits, last[complete]))


def over_examples(
    drawn: FloatArray,
    *,
    values: FloatArray | None = None,
    weights: Mapping[Axis, float] | None = None,
    method: Method = Method.WEIGHTED,
    below: BoolArray | None = None,
) -> RankIntervals:
    """Confidence intervals of the true ranks, on all examples there could be: 95 % for all subjects at once.

    Of every two subjects the difference of scores has the interval d ± c s, where s is the standard deviation of the
    drawn differences and c, one number for all pairs, the .95 quantile of the largest |drawn d - d| / s over all pairs.
    A rank is between 1 + the number of subjects that are significantly better and n - the number of those that are
    significantly worse (Mogstad, Romano, Shaikh & Wilhelm 2024, Review of Economic Studies).

    Args:
        drawn: utilities of resampled examples, shape (draws, n, 6); NaN where not known.
        values: utilities of the examples themselves, shape (n, 6); the means of the draws where None.
        weights: by axis, as for the ranking.
        method: how utilities become an order; one in which each subject has a score of its own.
        below: the subjects that are ranked below all others, shape (n,), which is taken as it is; none where None.

    Raises:
        RequestError: for weights that are negative, not finite, or all zero, or a method whose scores depend on others.
    """
    if not method.independent:
        own = ", ".join(each for each in Method if each.independent)
        raise RequestError(
            f"--intervals examples: by {method} the score of a subject depends on the others, so that no interval of "
            f"its rank follows from the examples\n  Use --method {own}, or --intervals weights"
        )
    each = relative(weights)
    point = drawn.mean(axis=0) if values is None else values
    complete: BoolArray = np.asarray(~np.isnan(point[:, each > 0]).any(axis=1))
    last = np.zeros(len(point), np.bool_) if below is None else below
    if not complete.any():
        return _placed(complete, np.empty(0), np.empty(0))
    merit = MERITS[method](point[complete], each)
    merits = MERITS[method](drawn[:, complete], each)  # of each subject alone, so of all draws at once
    return _placed(complete, *_simultaneous(merit, merits, last[complete]))


def _simultaneous(merit: FloatArray, merits: FloatArray, below: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Both ends of the ranks, from merits of shape (n,) and drawn ones of shape (draws, n)."""
    count = len(merit)
    spreads, largest = np.zeros((count, count)), np.zeros(len(merits))
    for row in range(count):
        apart = merits[:, row, None] - merits
        spread = apart.std(axis=0)
        spreads[row] = np.where(spread > _ROUNDING, spread, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            away = np.abs(apart - (merit[row] - merit)) / spreads[row]
        away[:, (spreads[row] == 0) | (below != below[row])] = 0.0
        largest = np.maximum(largest, away.max(axis=1, initial=0.0))
    critical = float(np.quantile(largest, CONFIDENCE, method="higher"))
    difference = merit[:, None] - merit[None, :]
    better = difference - critical * spreads > _ROUNDING
    better = np.where(below[:, None] == below[None, :], better, below[None, :])
    return 1.0 + better.sum(axis=0), count - better.sum(axis=1).astype(np.float64)


_ROUNDING = 1e-12
"""Scores this near differ by the order of additions alone."""


def _percentiles(merits: Iterable[FloatArray], below: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Between which places 95 % of the draws put each, from the merits of each draw, shape (n,)."""
    if not len(below):
        return np.empty(0), np.empty(0)
    ends = np.array([_ends(merit, below) for merit in merits])
    low = np.percentile(ends[:, 0], _TAILS[0], axis=0, method="lower")
    high = np.percentile(ends[:, 1], _TAILS[1], axis=0, method="higher")
    nowhere = np.isnan(ends).any(axis=(0, 1))
    return np.where(nowhere, np.nan, low), np.where(nowhere, np.nan, high)


def _ends(merit: FloatArray, below: BoolArray) -> tuple[FloatArray, FloatArray]:
    """The first and the last of the places that each shares with those of its merit."""
    known = len(merit) - np.isnan(merit).sum()
    return places(merit, below), known + 1 - places(-merit, ~below)


def _placed(complete: BoolArray, low: FloatArray, high: FloatArray) -> RankIntervals:
    """The intervals of all subjects from those that have a place."""
    ends = np.full((2, len(complete)), np.nan)
    ends[0, complete], ends[1, complete] = low, high
    return RankIntervals(ends[0], ends[1])
