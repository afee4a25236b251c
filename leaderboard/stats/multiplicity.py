"""Several tests at once: p-values that keep the chance of even one false alarm at its level."""

from collections.abc import Sequence

import numpy as np


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Adjusted p-values in the order given (Holm 1979): the k-th smallest of m times m - k + 1, never falling, up to 1.

    Whatever the tests have to do with each other, the chance that any true null hypothesis has an adjusted p-value of
    α or less is at most α.
    """
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p, kind="stable")
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)))
    return tuple(adjusted.tolist())
