"""Rankings by votes: every criterion is a voter, and only the order that it puts subjects in counts.

Rofin et al. 2023 (Vote'n'Rank). Weights belong to axes and not to metrics: of 58 criteria 40 were of efficiency in the
table of that paper, and one weight each made the winner.
"""

import numpy as np

from leaderboard.ranking.weighing import FloatArray, weighted_mean

_TIE = 1e-12
"""Weights for and against that are this near, relative to all of them, differ by the order of additions alone."""
_CELLS = 20_000_000
"""Comparisons that are held at once."""


def borda(values: FloatArray, weights: FloatArray) -> FloatArray:
    """Weighted sum over the criteria of how many subjects one beats there; ties beat nobody.

    A criterion on which a subject was not measured counts for it like the mean of its others: it neither helps nor
    harms. Nobody is beaten where he was not measured.

    Args:
        values: shape (n, k), larger is better; NaN where not measured.
        weights: shape (k,), not negative.

    Returns:
        Shape (n,); NaN where nothing of positive weight was measured.
    """
    beaten = np.full(values.shape, np.nan)
    for column in range(values.shape[1]):
        here = values[:, column]
        known = ~np.isnan(here)
        beaten[known, column] = np.searchsorted(np.sort(here[known]), here[known], side="left")
    return np.asarray(weighted_mean(beaten, weights) * weights.sum())


def copeland(values: FloatArray, weights: FloatArray) -> FloatArray:
    """Duels won minus duels lost. A duel is won by who is better on criteria of more weight.

    A criterion on which one of the two was not measured does not vote.

    Args:
        values: shape (n, k), larger is better; NaN where not measured.
        weights: shape (k,), not negative.

    Returns:
        Shape (n,); NaN where nothing of positive weight was measured.
    """
    n = len(values)
    voting = np.flatnonzero(weights).tolist()
    won = np.zeros(n)
    step = max(1, _CELLS // max(n, 1))
    for start in range(0, n, step):
        rows = slice(start, start + step)
        margin = np.zeros((len(values[rows]), n))
        for column in voting:
            mine, theirs = values[rows, column, None], values[None, :, column]
            margin += weights[column] * ((mine > theirs).astype(np.float64) - (mine < theirs))
        won[rows] = np.where(np.abs(margin) <= _TIE * weights.sum(), 0.0, np.sign(margin)).sum(axis=1)
    unknown = np.isnan(values[:, voting]).all(axis=1)
    return np.where(unknown, np.nan, won)
