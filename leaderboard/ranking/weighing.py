"""Weights, the means they make, and the places that follow."""

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from leaderboard.axes.metric import Axis
from leaderboard.errors import RequestError

FloatArray = npt.NDArray[np.float64]
AXES = tuple(Axis)


def relative(weights: Mapping[Axis, float] | None) -> FloatArray:
    """Weights in the order of `Axis`, the largest of them 1: only ratios matter, and sums stay finite.

    Args:
        weights: by axis, not negative; 1 for an axis that is not named.

    Raises:
        RequestError: for weights that are negative, not finite, or all zero.
    """
    given = weights or {}
    for axis, weight in given.items():
        if not math.isfinite(weight) or weight < 0:
            raise RequestError(f"--weight {axis}={weight}: a weight is 0 or a positive number")
    each = np.array([float(given.get(axis, 1.0)) for axis in AXES])
    if not each.any():
        raise RequestError("--weight: every axis has weight 0; give at least one a positive weight")
    return np.asarray(each / each.max())


def weighted_mean(values: FloatArray, weights: FloatArray) -> FloatArray:
    """Mean over the last axis of what is known; NaN where nothing of positive weight is.

    Args:
        values: shape (…, k), NaN where unknown.
        weights: shape (k,).
    """
    total, weight = np.zeros(values.shape[:-1]), np.zeros(values.shape[:-1])
    for column, share in enumerate(weights):  # in one order for every subject, so that equal ones stay equal
        here = values[..., column]
        known = ~np.isnan(here)
        total += np.where(known, share * here, 0.0)
        weight += np.where(known, share, 0.0)
    with np.errstate(invalid="ignore"):  # 0/0: nothing is known
        return np.asarray(total / weight)


def places(merit: FloatArray, below: npt.NDArray[np.bool_] | None = None) -> FloatArray:
    """1 + how many have more merit, shape (n,); NaN for NaN.

    Args:
        merit: shape (n,), larger is better.
        below: those that come after all others, whatever their merit, shape (n,); nobody where None.
    """
    found = np.full(len(merit), np.nan)
    placed = ~np.isnan(merit)
    last = np.zeros(len(merit), np.bool_) if below is None else below
    before = 0
    for group in (placed & ~last, placed & last):
        ordered = np.sort(-merit[group])
        found[group] = 1.0 + before + np.searchsorted(ordered, -merit[group], side="left")
        before += len(ordered)
    return found
