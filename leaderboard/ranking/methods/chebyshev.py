"""Ranking by the Chebyshev distance from the ideal, a score that does not depend on other subjects."""

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.ranking.scalarisation import RHO, augmented


def balance(values: FloatArray, weights: FloatArray) -> FloatArray:
    """Return how near each subject is to the ideal on its worst axis: 1 at the ideal 1, 0 at the nadir 0.

    The augmented weighted Chebyshev distance (`leaderboard.ranking.scalarisation.chebyshev`) of the measured axes, as a
    share of the largest that these weights allow, taken from 1.

    Args:
        values: utilities, shape (n, k); NaN where not measured.
        weights: shape (k,), not negative.

    Returns:
        Shape (n,), in [0, 1]; NaN where nothing of positive weight was measured.
    """
    each = np.where(np.isnan(values), 0.0, weights)
    total = each.sum(axis=-1, keepdims=True)
    with np.errstate(invalid="ignore"):  # 0/0: nothing was measured
        shares = each / total
    regrets = np.where(np.isnan(values), 0.0, 1 - values)
    return np.asarray(1 - augmented(regrets, shares) / (shares.max(axis=-1) + RHO))
