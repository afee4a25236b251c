"""Curves: AUC and true positive rate of attacks as functions of how often each example counts."""

from collections.abc import Callable

import numpy as np

from leaderboard.arrays import BoolArray, FloatArray

ONE_IN = 100
"""A false positive rate of 1 %, as one in so many non-members."""


def auc_function(scores: FloatArray, member: BoolArray) -> Callable[[FloatArray], FloatArray]:
    """Return the area under the ROC curve (Mann-Whitney U, ties half) as a function of counts, shape (m, n) to (m,).

    NaN where no member counts, or no non-member.

    Args:
        scores: larger means "more likely trained on", shape (n,).
        member: shape (n,).
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


def tpr_function(scores: FloatArray, member: BoolArray, one_in: int = ONE_IN) -> Callable[[FloatArray], FloatArray]:
    """Return the share of members above the (k+1)-th largest non-member as a function of counts.

    Args:
        scores: larger means "more likely trained on", shape (n,).
        member: shape (n,).
        one_in: k is the number of non-members divided by this, rounded down.
    """
    members, others = (np.flatnonzero(side)[np.argsort(-scores[side], kind="stable")] for side in (member, ~member))
    above = np.searchsorted(-scores[members], -scores[others], side="left")  # members above each non-member

    def value(times: FloatArray) -> FloatArray:
        false_positives = np.cumsum(times[:, others], axis=1)
        members_above = np.concatenate([np.zeros((len(times), 1)), np.cumsum(times[:, members], axis=1)], axis=1)
        if not len(others):
            return np.full(len(times), np.nan)
        threshold = np.argmax(false_positives > false_positives[:, -1:] // one_in, axis=1)
        with np.errstate(invalid="ignore"):
            share: FloatArray = members_above[np.arange(len(times)), above[threshold]] / members_above[:, -1]
        return np.where(false_positives[:, -1] > 0, share, np.nan)

    return value
