"""Multiple testing: p-values that control the family-wise error rate."""

from collections.abc import Sequence

import numpy as np


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Return Holm's adjusted p-values: the k-th smallest of m times m - k + 1, non-decreasing, at most 1 (Holm 1979).

    For any dependence between the tests, the probability that any true null hypothesis has an adjusted p-value of α or
    less is at most α.
    """
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p, kind="stable")
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)))
    return tuple(adjusted.tolist())
