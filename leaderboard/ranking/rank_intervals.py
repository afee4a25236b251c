"""Rank intervals: the ranks that a subject could have with other weights or other examples.

    over_weights    random weights, all equally likely
    over_examples   simultaneous intervals of all pairwise differences (Mogstad, Romano, Shaikh & Wilhelm 2024)

Resampling the examples and taking the ranks of 95 % of the draws is no confidence interval of a rank: among near-tied
subjects a draw puts the luckiest first, and the true extreme ranks are covered far too rarely. What can be known is
which differences of scores are significant, all of them at once: a subject is behind those that are significantly
better, and before those that are significantly worse.

A place is from 1 + how many are better to how many are as good, so two that are alike can have either's place.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from leaderboard.arrays import BoolArray, FloatArray
from leaderboard.axes.axis import Axis
from leaderboard.errors import RequestError
from leaderboard.ranking.methods.method import Method
from leaderboard.ranking.methods.registry import MERITS
from leaderboard.ranking.weights import places, relative

DRAWS = 1000
CONFIDENCE = 0.95
_TAILS = (2.5, 97.5)


@dataclass(frozen=True, slots=True)
class RankIntervals:
    """Between which ranks each subject is, with 95 %.

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
    """Return the ranks for weights drawn from a flat Dirichlet distribution over the axes that count.

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
    draw = np.zeros((draws, len(used)))
    draw[:, used] = rng.dirichlet(np.ones(used.sum()), draws)
    last = np.zeros(len(values), np.bool_) if below is None else below
    merits = (MERITS[method](values[complete], each) for each in draw)
    return _placed(complete, *_percentiles(merits, last[complete]))


def over_examples(
    example_values: FloatArray,
    *,
    values: FloatArray | None = None,
    weights: Mapping[Axis, float] | None = None,
    method: Method = Method.WEIGHTED,
    below: BoolArray | None = None,
) -> RankIntervals:
    """Return simultaneous 95 % confidence intervals of the true ranks, over all examples there could be.

    Of every two subjects the difference of scores has the interval d ± c s, where s is the standard deviation of the
    drawn differences and c, one number for all pairs, the .95 quantile of the largest |drawn d - d| / s over all pairs.
    A rank is between 1 + the number of subjects that are significantly better and n - the number of those that are
    significantly worse (Mogstad, Romano, Shaikh & Wilhelm 2024, Review of Economic Studies).

    Args:
        example_values: utilities of resampled examples, shape (draws, n, 6); NaN where not known.
        values: utilities of the examples themselves, shape (n, 6); the means of the draws where None.
        weights: by axis, as for the ranking.
        method: how utilities become an order; one in which each subject has a score of its own.
        below: the subjects that are ranked below all others, shape (n,), which is taken as it is; none where None.

    Raises:
        RequestError: for weights that are negative, not finite, or all zero, or a method whose scores depend on others.
    """
    if not method.independent:
        methods = ", ".join(each for each in Method if each.independent)
        raise RequestError(
            f"--intervals examples: by {method} the score of a subject depends on the others, so that no interval of "
            f"its rank follows from the examples\n  Use --method {methods}, or --intervals weights"
        )
    each = relative(weights)
    point = example_values.mean(axis=0) if values is None else values
    complete: BoolArray = np.asarray(~np.isnan(point[:, each > 0]).any(axis=1))
    last = np.zeros(len(point), np.bool_) if below is None else below
    if not complete.any():
        return _placed(complete, np.empty(0), np.empty(0))
    merit = MERITS[method](point[complete], each)
    merits = MERITS[method](example_values[:, complete], each)  # of each subject alone, so of all draws at once
    return _placed(complete, *_simultaneous(merit, merits, last[complete]))


def _simultaneous(merit: FloatArray, merits: FloatArray, below: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Return both ends of the ranks from merits of shape (n,) and bootstrap merits of shape (draws, n)."""
    count = len(merit)
    spreads, largest = np.zeros((count, count)), np.zeros(len(merits))
    for row in range(count):
        gaps = merits[:, row, None] - merits
        spread = gaps.std(axis=0)
        spreads[row] = np.where(spread > _ROUNDING, spread, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            away = np.abs(gaps - (merit[row] - merit)) / spreads[row]
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
    """Return the ranks between which 95 % of the draws put each subject, from the merits of each draw, shape (n,)."""
    if not len(below):
        return np.empty(0), np.empty(0)
    ends = np.array([_ends(merit, below) for merit in merits])
    low = np.percentile(ends[:, 0], _TAILS[0], axis=0, method="lower")
    high = np.percentile(ends[:, 1], _TAILS[1], axis=0, method="higher")
    nowhere = np.isnan(ends).any(axis=(0, 1))
    return np.where(nowhere, np.nan, low), np.where(nowhere, np.nan, high)


def _ends(merit: FloatArray, below: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Return the first and the last of the ranks that each subject shares with others of its merit."""
    count = len(merit) - np.isnan(merit).sum()
    return places(merit, below), count + 1 - places(-merit, ~below)


def _placed(complete: BoolArray, low: FloatArray, high: FloatArray) -> RankIntervals:
    """Return the intervals of all subjects from those of the ranked ones."""
    ends = np.full((2, len(complete)), np.nan)
    ends[0, complete], ends[1, complete] = low, high
    return RankIntervals(ends[0], ends[1])
