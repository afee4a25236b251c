"""Confidence intervals of bounded statistics, which stay within the bounds and never have zero width.

Resamples never contain an unobserved value: the percentile interval of the Brier score of 50 confident, right answers
has no width, and covers the true score in 47 % of the cases where one answer in a hundred is wrong. Here every example
has a random weight (Bayesian bootstrap, Rubin 1981), and so has half an unobserved example, at the lower bound for the
low end and at the upper bound for the high end. For right and wrong answers this is Jeffreys' interval; with a whole
example at the bound it is the interval of Gaffke 2005 and of Learned-Miller & Thomas 2020, which is valid for any
distribution but wider than necessary. Coverage of each in simulations: `benchmarks/coverage.md`.
"""

import math
from collections.abc import Callable, Iterator
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import scipy

from leaderboard.arrays import FloatArray
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.intervals import CONFIDENCE
from leaderboard.stats.resampled import RESAMPLES, batch_sizes

Z = float(scipy.stats.norm.ppf(0.5 + CONFIDENCE / 2))
METHOD = "Bayesian bootstrap 95 %, half an example at each bound"
HALF = 0.5
"""Weight of the unobserved example at a bound (Jeffreys' prior)."""
_KEPT_CELLS = 1_000_000
_WIDE = 8_000
"""Columns of sums above which they are drawn in smaller batches: 128 MB for all `RESAMPLES` of this width."""

Bounds = tuple[float, float]
"""Smallest and largest possible value; infinite where there is none."""
Unseen = Callable[[np.random.Generator, int], FloatArray]
"""Contribution of unobserved examples to the sums: maps a generator and m draws to an array of shape (m, k)."""


def bounded_mean(
    values: npt.ArrayLike, bounds: Bounds, *, clusters: npt.ArrayLike | None = None, seed: int = 0
) -> Estimate:
    """Return the mean of bounded values, with the interval of this module.

    Args:
        values: shape (n,).
        bounds: finite bounds of a single value.
        clusters: shape (n,), a key for each value where values of one key are not independent.
        seed: seed of the weights.

    Returns:
        *Not measured* without values, and for NaN. n is the number of clusters, where there are any.

    Raises:
        ValueError: when a value is out of bounds.
    """
    sample = np.asarray(values, dtype=np.float64)
    if np.isfinite(sample).all() and sample.size and not (bounds[0] <= sample.min() and sample.max() <= bounds[1]):
        raise ValueError(f"values from {sample.min()} to {sample.max()} are not between {bounds[0]} and {bounds[1]}")
    rows = np.stack([sample, np.ones_like(sample)], axis=1)
    if clusters is not None and sample.size:
        _, groups = np.unique(np.asarray(clusters), return_inverse=True)
        rows = np.stack([np.bincount(groups, column) for column in rows.T], axis=1)
    size = float(rows[:, 1].mean()) if len(rows) else 1.0
    ends = (half_of_each(np.array([[bound * size, size]])) for bound in bounds)
    (estimate,) = bounded_of_sums(lambda sums: sums[..., :1] / sums[..., 1:], rows, *ends, seed=seed)
    return estimate


def bounded_of_sums(
    statistics: Callable[[FloatArray], FloatArray],
    rows: npt.NDArray[np.generic],
    worst: Unseen,
    best: Unseen,
    *,
    seed: int = 0,
) -> list[Estimate]:
    """Return statistics of column sums, each with the interval of this module, from the same random weights.

    Equal rows are weighted together: the cost grows with the number of distinct rows, which is small for counts.

    Args:
        statistics: maps sums, shape (..., k), to values, shape (..., j); 0/0 is NaN, without a warning. It must not
            change when all sums are multiplied by a constant.
        rows: contribution of each example to the sums, shape (n, k).
        worst: contribution of unobserved examples at the lower bound.
        best: contribution of unobserved examples at the upper bound.
        seed: seed of the weights.

    Returns:
        j estimates; *not measured* without rows, and where the value is undefined.
    """
    n = len(rows)
    if n == 0:
        with np.errstate(invalid="ignore", divide="ignore"):
            return [Estimate.not_measured("no examples") for _ in statistics(np.zeros(rows.shape[1]))]
    distinct, times = np.unique(rows.astype(np.float64), axis=0, return_counts=True)
    rng = np.random.default_rng([seed, n])
    low, high = [], []
    with np.errstate(invalid="ignore", divide="ignore"):
        values = statistics(times @ distinct)
        for weights in _weights(times, seed, rows.shape[1]):
            sums = weights @ distinct
            low.append(statistics(sums + worst(rng, len(sums))))
            high.append(statistics(sums + best(rng, len(sums))))
    side = (1 - CONFIDENCE) / 2
    lows, highs = _quantiles(np.concatenate(low), side), _quantiles(np.concatenate(high), 1 - side)
    return [
        Estimate.measured(value, (min(value, end), max(value, other)), n=n, method=METHOD)
        for value, end, other in zip(values.tolist(), lows, highs, strict=True)
    ]


def half_of_each(rows: FloatArray) -> Unseen:
    """Return the contribution of half an unobserved example for each of these rows, shape (r, k)."""
    return lambda rng, m: rng.standard_gamma(HALF, (m, len(rows))) @ rows


def half_of_one(rows: FloatArray) -> Unseen:
    """Return the contribution of half an unobserved example, which is a random one of these rows, shape (r, k)."""
    return lambda rng, m: rng.standard_gamma(HALF, (m, 1)) * rows[rng.integers(0, len(rows), m)]


def score_interval(value: float, error: float, bounds: Bounds, *, n: int) -> tuple[float, float] | None:
    """Return the interval of a value with known standard error, within its bounds by construction.

    Between two bounds it is Wilson's interval with the effective n that has this error (Wilson 1927; Korn & Graubard
    1998), or with n where the error is 0. With a lower bound only it is that of the logarithm of the distance to the
    bound (delta method), else normal.

    Args:
        value: the observed value.
        error: standard error of the value.
        bounds: bounds of the value.
        n: number of examples.

    Returns:
        None where the error is 0 and there is no upper bound.
    """
    low, high = bounds
    if math.isfinite(low) and math.isfinite(high):
        share, spread = (value - low) / (high - low), error / (high - low)
        inside = 0 < share < 1 and spread > 0
        ends = wilson(min(1.0, max(0.0, share)), min(share * (1 - share) / spread**2, 1e12) if inside else n)
        return low + (high - low) * ends[0], low + (high - low) * ends[1]
    if error == 0:
        return None
    if math.isfinite(low) and value > low:
        factor = math.exp(min(Z * error / (value - low), 700.0))
        return low + (value - low) / factor, low + (value - low) * factor
    return max(low, value - Z * error), min(high, value + Z * error)


def wilson(share: float, n: float, *, confidence: float = CONFIDENCE) -> Bounds:
    """Return the ends of Wilson's score interval of a share of n examples; n may be fractional (Wilson 1927)."""
    z = Z if confidence == CONFIDENCE else float(scipy.stats.norm.ppf(0.5 + confidence / 2))
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return min(share, max(0.0, centre - half)), max(share, min(1.0, centre + half))


def _weights(times: npt.NDArray[np.integer], seed: int, columns: int) -> Iterator[FloatArray]:
    """Yield random weights of distinct rows, shape (m, rows): sums of one exponential weight for each example."""
    n = len(times)
    width = max(n, columns) if columns > _WIDE else n
    rng = np.random.default_rng(seed)
    if int(times.max()) > 1:
        yield from (rng.standard_gamma(times, (size, n)) for size in batch_sizes(width))
    elif RESAMPLES * width <= _KEPT_CELLS:
        yield _all_weights(n, seed)
    else:
        yield from (rng.standard_exponential((size, n)) for size in batch_sizes(width))


@lru_cache(maxsize=4)
def _all_weights(n: int, seed: int) -> FloatArray:
    """Draw all weights in one batch, cached for the next statistic of as many examples."""
    weights = np.random.default_rng(seed).standard_exponential((RESAMPLES, n))
    weights.flags.writeable = False
    return weights


def _quantiles(draws: FloatArray, q: float) -> list[float]:
    """Return the quantile of each column, shape (m, j), without NaN; NaN for a column without numbers."""
    defined = (column[np.isfinite(column)] for column in draws.T)
    return [float(np.quantile(column, q)) if column.size else math.nan for column in defined]
