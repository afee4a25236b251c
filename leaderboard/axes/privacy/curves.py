"""Curves: true positive rate of attacks as a function of how often each example counts."""

from collections.abc import Callable

import numpy as np

from leaderboard.arrays import BoolArray, FloatArray

ONE_IN = 100
"""A false positive rate of 1 %, as one in so many non-members."""


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
