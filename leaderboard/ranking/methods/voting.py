"""Rankings by voting: every criterion is a voter, and only the order in which it puts the subjects counts.

Rofin et al. 2023 (Vote'n'Rank). Weights belong to axes and not to metrics: of 58 criteria 40 were of efficiency in the
table of that paper, and one weight each made the winner.
"""

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.ranking.weights import weighted_mean

_TIE = 1e-12
"""Weights for and against that are this near, relative to all of them, differ by the order of additions alone."""
_CELLS = 20_000_000
"""Comparisons that are held at once."""


def borda(values: FloatArray, weights: FloatArray) -> FloatArray:
    """Return for each subject the weighted sum over criteria of how many subjects it beats; ties beat nobody.

    A criterion on which a subject was not measured counts for it like the mean of its others: it neither helps nor
    harms. A subject that was not measured on a criterion is not beaten there.

    Args:
        values: shape (n, k), larger is better; NaN where not measured.
        weights: shape (k,), not negative.

    Returns:
        Shape (n,); NaN where nothing of positive weight was measured.
    """
    beaten = np.full(values.shape, np.nan)
    for column in range(values.shape[1]):
        column_values = values[:, column]
        measured = ~np.isnan(column_values)
        beaten[measured, column] = np.searchsorted(
            np.sort(column_values[measured]), column_values[measured], side="left"
        )
    return np.asarray(weighted_mean(beaten, weights) * weights.sum())


def copeland(values: FloatArray, weights: FloatArray) -> FloatArray:
    """Return pairwise wins minus losses. Of two subjects, the one that is better on criteria of more weight wins.

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
