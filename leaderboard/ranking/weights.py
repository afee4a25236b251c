"""Weights of axes, weighted means, and the ranks that follow."""

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from leaderboard.arrays import FloatArray
from leaderboard.axes.axis import Axis
from leaderboard.errors import RequestError

AXES = tuple(Axis)


def relative(weights: Mapping[Axis, float] | None) -> FloatArray:
    """Return weights in the order of `Axis`, the largest of them 1, so that sums stay finite.

    Args:
        weights: by axis, not negative; 1 for an axis that is not named.

    Raises:
        RequestError: for weights that are negative, not finite, or all zero.
    """
    weight_of = weights or {}
    for axis, weight in weight_of.items():
        if not math.isfinite(weight) or weight < 0:
            raise RequestError(f"--weight {axis}={weight}: a weight is 0 or a positive number")
    each = np.array([float(weight_of.get(axis, 1.0)) for axis in AXES])
    if not each.any():
        raise RequestError("--weight: every axis has weight 0; give at least one a positive weight")
    return np.asarray(each / each.max())


def weighted_mean(values: FloatArray, weights: FloatArray) -> FloatArray:
    """Return the mean over the last axis of the known values; NaN if no value has positive weight.

    Args:
        values: shape (…, k), NaN where unknown.
        weights: shape (k,).
    """
    total, weight = np.zeros(values.shape[:-1]), np.zeros(values.shape[:-1])
    for column, share in enumerate(weights):  # in one order for every subject, so that equal ones stay equal
        column_values = values[..., column]
        measured = ~np.isnan(column_values)
        total += np.where(measured, share * column_values, 0.0)
        weight += np.where(measured, share, 0.0)
    with np.errstate(invalid="ignore"):  # 0/0: nothing is known
        return np.asarray(total / weight)


def places(merit: FloatArray, below: npt.NDArray[np.bool_] | None = None) -> FloatArray:
    """Return 1 + the number of subjects with more merit, shape (n,); NaN for NaN.

    Args:
        merit: shape (n,), larger is better.
        below: subjects ranked after all others, whatever their merit, shape (n,); none where None.
    """
    ranks = np.full(len(merit), np.nan)
    placed = ~np.isnan(merit)
    last = np.zeros(len(merit), np.bool_) if below is None else below
    before = 0
    for group in (placed & ~last, placed & last):
        ordered = np.sort(-merit[group])
        ranks[group] = 1.0 + before + np.searchsorted(ordered, -merit[group], side="left")
        before += len(ordered)
    return ranks
