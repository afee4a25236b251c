"""Numbers of the latency axis, from timed samples."""

import numpy as np
import numpy.typing as npt

from leaderboard.stats import intervals
from leaderboard.stats.estimate import Estimate

FloatArray = npt.NDArray[np.float64]


def ratio(seconds: FloatArray, reference_seconds: FloatArray, *, minimum_n: int) -> Estimate:
    """Median of the time of each answer over the time of the reference workload that was run right after it.

    Both were timed next to each other, so what slows the machine slows them alike and cancels. The interval takes
    samples as independent; load that comes and goes in spells makes the truth wider.

    Args:
        seconds: of each answer, shape (n,).
        reference_seconds: of the reference workload after that answer, shape (n,).
        minimum_n: fewest samples that can tell a median.
    """
    return intervals.quantile(seconds / reference_seconds, 0.5, minimum_n=minimum_n)


def throughput(tokens: FloatArray, seconds: FloatArray) -> Estimate:
    """Tokens read per second: all tokens over all the time, with a bootstrap interval over samples.

    Args:
        tokens: read for each answer, shape (n,).
        seconds: of each answer, shape (n,).
    """
    return intervals.bootstrap_of_rows(lambda sums: sums[:, 0] / sums[:, 1], np.stack([tokens, seconds], axis=1))
