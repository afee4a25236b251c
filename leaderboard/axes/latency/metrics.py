"""Latency metrics, from timed samples in the order of time."""

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.stats import autocorrelation
from leaderboard.stats.autocorrelation import Series
from leaderboard.stats.estimate import Estimate


def ratio(
    seconds: FloatArray, reference_seconds: FloatArray, *, minimum_n: int, series: Series | None = None
) -> Estimate:
    """Median of the time of each answer divided by the time of the reference workload right after it.

    Both are timed next to each other, so that changes of the machine's speed cancel.

    Args:
        seconds: time of each answer, shape (n,).
        reference_seconds: time of the reference workload after that answer, shape (n,).
        minimum_n: smallest number of samples for a median.
        series: round of each sample; by default a single one.
    """
    return autocorrelation.series_quantile(
        seconds / reference_seconds, series or _one_round(seconds), 0.5, minimum_n=minimum_n
    )


def throughput(tokens: FloatArray, seconds: FloatArray, series: Series | None = None) -> Estimate:
    """Input tokens per second: all tokens divided by the total time.

    Args:
        tokens: number of input tokens of each answer, shape (n,).
        seconds: time of each answer, shape (n,).
        series: round of each sample; by default a single one.
    """
    return autocorrelation.ratio_of_sums(tokens, seconds, series or _one_round(seconds))


def _one_round(values: FloatArray) -> Series:
    return Series(np.zeros(len(values), dtype=np.intp))


def largest_error(errors: FloatArray) -> Estimate:
    """Largest of some absolute errors, shape (n,), in their own unit; a maximum has no interval."""
    if not len(errors):
        return Estimate.not_measured("no examples")
    return Estimate.measured(float(errors.max()), None, n=len(errors), method="maximum, no interval")
