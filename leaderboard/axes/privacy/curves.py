"""Attacks as functions of how often each example counts: what one reads off an ROC curve of weighted examples."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
FPR_PERCENT = 1


def auc_of(scores: FloatArray, member: BoolArray) -> Callable[[FloatArray], FloatArray]:
    """Area under the ROC curve (Mann-Whitney U, ties half), from times, shape (m, n), to values, shape (m,).

    NaN where no member counts, or no non-member.

    Args:
        scores: larger means "more likely trained on", shape (n,).
        member: shape (n,).
    """
    order = np.argsort(scores, kind="stable")
    starts = np.flatnonzero(np.append(True, np.diff(scores[order]) > 0))
    inside = member[order].astype(np.float64)

    def value(times: FloatArray) -> FloatArray:
        counted = times[:, order]
        members = np.add.reduceat(counted * inside, starts, axis=1)
        others = np.add.reduceat(counted * (1 - inside), starts, axis=1)
        below = np.cumsum(others, axis=1) - others / 2
        with np.errstate(invalid="ignore"):
            area: FloatArray = (members * below).sum(axis=1) / (members.sum(axis=1) * others.sum(axis=1))
        return area

    return value


def tpr_of(scores: FloatArray, member: BoolArray) -> Callable[[FloatArray], FloatArray]:
    """Share of members above the (k+1)-th largest non-member, k one per cent of them; as `auc_of`."""
    members, others = (np.flatnonzero(side)[np.argsort(-scores[side], kind="stable")] for side in (member, ~member))
    above = np.searchsorted(-scores[members], -scores[others], side="left")  # members above each non-member

    def value(times: FloatArray) -> FloatArray:
        accused = np.cumsum(times[:, others], axis=1)
        found = np.concatenate([np.zeros((len(times), 1)), np.cumsum(times[:, members], axis=1)], axis=1)
        if not len(others):
            return np.full(len(times), np.nan)
        threshold = np.argmax(accused > accused[:, -1:] * FPR_PERCENT // 100, axis=1)
        with np.errstate(invalid="ignore"):
            share: FloatArray = found[np.arange(len(times)), above[threshold]] / found[:, -1]
        return np.where(accused[:, -1] > 0, share, np.nan)

    return value
