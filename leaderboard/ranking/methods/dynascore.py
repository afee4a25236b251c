"""Dynascore: every axis in units of accuracy (Ma et al. 2021, Dynaboard)."""

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.axes.axis import Axis
from leaderboard.ranking.weights import AXES

_PERFORMANCE = AXES.index(Axis.ACCURACY)
_TOO_NEAR = 1e-4
"""Two accuracies nearer than this share of the largest tell no rate."""


def dynascore(values: FloatArray, weights: FloatArray) -> FloatArray:
    """Return Σ wₖ uₖ / AMRSₖ, weights summing to 1.

    AMRSₖ is the average marginal rate of substitution: subjects in the order of their accuracy, the mean over
    neighbours of |Δuₖ| / Δaccuracy; that of accuracy itself is 1. An axis that never changes has no rate and is left
    out. The rates belong to these subjects: two of almost one accuracy make them huge, so one subject more can reorder
    all others. That is why this is offered, and not the default.

    Args:
        values: utilities, shape (n, 6), columns in the order of `Axis`; NaN where not measured.
        weights: shape (6,), not negative.

    Returns:
        Shape (n,); NaN for a subject without accuracy or an axis of positive weight, and for all of them where no two
        of the others differ in accuracy.
    """
    used = weights > 0
    used[_PERFORMANCE] = True
    complete = ~np.isnan(values[:, used]).any(axis=1)
    scores = np.full(len(values), np.nan)
    ordered = values[complete][np.argsort(values[complete, _PERFORMANCE], kind="stable")]
    gained = np.diff(ordered[:, _PERFORMANCE])
    usable = gained >= _TOO_NEAR * ordered[:, _PERFORMANCE].max(initial=0.0)
    usable &= gained > 0
    if not usable.any():
        return scores
    rates = (np.abs(np.diff(ordered, axis=0))[usable] / gained[usable, None]).mean(axis=0)
    rated = used & (rates > 0)
    scores[complete] = values[complete][:, rated] @ (weights[rated] / rates[rated]) / weights.sum()
    return scores
