"""Numbers of the latency axis, from timed samples in the order of time."""

import numpy as np
import numpy.typing as npt

from leaderboard.stats import serial
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.serial import Series

FloatArray = npt.NDArray[np.float64]


def ratio(
    seconds: FloatArray, reference_seconds: FloatArray, *, minimum_n: int, series: Series | None = None
) -> Estimate:
    """Median of the time of each answer over the time of the reference workload that was run right after it.

    Both were timed next to each other, so what slows the machine slows them alike and cancels.

    Args:
        seconds: of each answer, shape (n,).
        reference_seconds: of the reference workload after that answer, shape (n,).
        minimum_n: fewest samples that can tell a median.
        series: which round each sample is of; by default all are of one.
    """
    return serial.quantile(seconds / reference_seconds, series or _one_round(seconds), 0.5, minimum_n=minimum_n)


def throughput(tokens: FloatArray, seconds: FloatArray, series: Series | None = None) -> Estimate:
    """Tokens read per second: all tokens over all the time.

    Args:
        tokens: read for each answer, shape (n,).
        seconds: of each answer, shape (n,).
        series: which round each sample is of; by default all are of one.
    """
    return serial.ratio_of_sums(tokens, seconds, series or _one_round(seconds))


def _one_round(values: FloatArray) -> Series:
    return Series(np.zeros(len(values), dtype=np.intp))
