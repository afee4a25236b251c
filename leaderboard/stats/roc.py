"""ROC curves: their area, and the false positive rate at a true positive rate, by how often each example counts."""

from collections.abc import Callable

import numpy as np

from leaderboard.arrays import BoolArray, FloatArray

_ROUNDING = 1e-9
"""Tolerance of a comparison of counts with a share of their sum."""


def auc_function(scores: FloatArray, member: BoolArray) -> Callable[[FloatArray], FloatArray]:
    """Return the area under the ROC curve (Mann-Whitney U, ties half) as a function of counts, shape (m, n) to (m,).

    NaN where no member counts, or no non-member.

    Args:
        scores: larger means "more likely a member", shape (n,).
        member: which examples are members, the positive class, shape (n,).
    """
    order = np.argsort(scores, kind="stable")
    starts = np.flatnonzero(np.append(True, np.diff(scores[order]) > 0))
    is_member = member[order].astype(np.float64)

    def value(times: FloatArray) -> FloatArray:
        ordered_times = times[:, order]
        members = np.add.reduceat(ordered_times * is_member, starts, axis=1)
        others = np.add.reduceat(ordered_times * (1 - is_member), starts, axis=1)
        below = np.cumsum(others, axis=1) - others / 2
        with np.errstate(invalid="ignore"):
            area: FloatArray = (members * below).sum(axis=1) / (members.sum(axis=1) * others.sum(axis=1))
        return area

    return value


def fpr_function(scores: FloatArray, member: BoolArray, tpr: float) -> Callable[[FloatArray], FloatArray]:
    """Return the false positive rate at the first threshold with a true positive rate of at least `tpr`.

    Positive are examples with a score at or above the threshold, so that tied ones are on the same side. NaN where no
    member counts, or no non-member.

    Args:
        scores: larger means "more likely a member", shape (n,).
        member: which examples are members, the positive class, shape (n,).
        tpr: between 0 and 1.

    Returns:
        A function of counts, shape (m, n) to (m,).
    """
    order = np.argsort(-scores, kind="stable")
    starts = np.flatnonzero(np.append(True, np.diff(scores[order]) < 0))
    is_member = member[order].astype(np.float64)

    def value(times: FloatArray) -> FloatArray:
        ordered_times = times[:, order]
        members = np.add.reduceat(ordered_times * is_member, starts, axis=1).cumsum(axis=1)
        others = np.add.reduceat(ordered_times * (1 - is_member), starts, axis=1).cumsum(axis=1)
        threshold = np.argmax(members >= tpr * members[:, -1:] - _ROUNDING, axis=1)
        with np.errstate(invalid="ignore"):
            rate: FloatArray = others[np.arange(len(times)), threshold] / others[:, -1]
        return np.where(members[:, -1] > 0, rate, np.nan)

    return value
