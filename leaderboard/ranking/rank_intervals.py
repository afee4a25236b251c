"""Rank intervals: the places that a subject could as well have, were the weights or the examples others.

    over_weights    the weights are drawn, all of them alike likely
    over_examples   the examples are drawn again (`leaderboard.ranking.example_draws`)

A place is from 1 + how many are better to how many are as good, so two that are alike can have either's place.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from leaderboard.axes.metric import Axis
from leaderboard.ranking.methods.merits import MERITS
from leaderboard.ranking.methods.method import Method
from leaderboard.ranking.weighing import FloatArray, relative

DRAWS = 1000
_TAILS = (2.5, 97.5)


@dataclass(frozen=True, slots=True)
class RankIntervals:
    """Between which places 95 % of the draws put each subject.

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
) -> RankIntervals:
    """How the ranks move with the weights: these are drawn from a flat Dirichlet distribution over the axes that count.

    Args:
        values: utilities, shape (n, 6); NaN where not measured.
        rng: of the draws.
        weights: an axis of weight 0 stays out; otherwise they do not matter.
        method: how utilities become an order.
        draws: how many.

    Raises:
        RequestError: for weights that are negative, not finite, or all zero.
    """
    used = relative(weights) > 0
    drawn = np.zeros((draws, len(used)))
    drawn[:, used] = rng.dirichlet(np.ones(used.sum()), draws)
    return _of_merits(MERITS[method](values, each) for each in drawn)


def over_examples(
    drawn: FloatArray, *, weights: Mapping[Axis, float] | None = None, method: Method = Method.WEIGHTED
) -> RankIntervals:
    """How the ranks move with the examples.

    Args:
        drawn: utilities of resampled examples, shape (draws, n, 6); NaN where not measured.
        weights: by axis, as for the ranking.
        method: how utilities become an order.

    Raises:
        RequestError: for weights that are negative, not finite, or all zero.
    """
    each = relative(weights)
    return _of_merits(MERITS[method](values, each) for values in drawn)


def _of_merits(merits: Iterable[FloatArray]) -> RankIntervals:
    """From the merits of each draw, shape (n,)."""
    ends = np.array([_ends(merit) for merit in merits])
    nowhere = np.isnan(ends).any(axis=(0, 1))
    low = np.percentile(ends[:, 0], _TAILS[0], axis=0, method="lower")
    high = np.percentile(ends[:, 1], _TAILS[1], axis=0, method="higher")
    return RankIntervals(np.where(nowhere, np.nan, low), np.where(nowhere, np.nan, high))


def _ends(merit: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The first and the last of the places that each shares with those of its merit."""
    known = np.sort(-merit[~np.isnan(merit)])
    better, as_good = (np.searchsorted(known, -merit, side=side) for side in ("left", "right"))
    nowhere = np.isnan(merit)
    return np.where(nowhere, np.nan, 1.0 + better), np.where(nowhere, np.nan, as_good.astype(np.float64))
