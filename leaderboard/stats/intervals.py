"""Confidence intervals (95 %) of statistics that several axes use: proportions, means, quantiles, bootstraps."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import scipy

from leaderboard.arrays import FloatArray
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.resampled import RESAMPLES, resamples

CONFIDENCE = 0.95
ROUNDING = 1e-12
"""Relative difference below which two resamples are equal up to rounding."""


def proportion(successes: int, n: int, *, scale: float = 1.0) -> Estimate:
    """Return the proportion k / n, with Wilson's score interval (Wilson 1927); defined at 0 and n.

    Args:
        successes: number of successes k, between 0 and n.
        n: number of trials; 0 gives *not measured*.
        scale: 1 for a probability, 100 for per cent.
    """
    if n == 0:
        return Estimate.not_measured("no examples")
    low, high = scipy.stats.binomtest(successes, n).proportion_ci(CONFIDENCE, method="wilson")
    return Estimate.measured(scale * successes / n, (scale * low, scale * high), n=n, method="Wilson 95 %")


def mean(values: npt.ArrayLike) -> Estimate:
    """Return the arithmetic mean with Student's t interval; a single value has a mean but no interval."""
    sample = np.asarray(values, dtype=np.float64)
    if sample.size == 0:
        return Estimate.not_measured("no examples")
    centre = float(sample.mean())
    if sample.size == 1:
        return Estimate.measured(centre, None, n=1, method="single value, no interval")
    half = float(scipy.stats.t.ppf(0.5 + CONFIDENCE / 2, sample.size - 1) * sample.std(ddof=1) / np.sqrt(sample.size))
    return Estimate.measured(centre, (centre - half, centre + half), n=sample.size, method="Student t 95 %")


def bootstrap(
    statistic: Callable[..., float],
    *columns: npt.NDArray[np.generic],
    seed: int = 0,
    clusters: npt.ArrayLike | None = None,
) -> Estimate:
    """Return any statistic of rows, with a percentile bootstrap over rows (Efron & Tibshirani 1993, ch. 13).

    The percentiles are expanded for small samples (Hesterberg 2015, § 5.3), since without it they are as narrow as a
    normal interval with the variance divided by n instead of n - 1. Resamples with an undefined statistic (NaN, for
    instance because only one class was drawn) are left out. Where all resamples agree (every answer right), the value
    has no interval instead of one without width.

    Args:
        statistic: maps the columns, each of shape (n,) or (n, …), to a float.
        columns: arrays that share their first dimension; rows are resampled together.
        seed: seed of the resampling, so that the same observations give the same interval.
        clusters: shape (n,), a key for each row; whole clusters are resampled where rows are not independent.

    Returns:
        *Not measured* without rows or for an undefined statistic; one row or one cluster has no interval.
    """
    n = len(columns[0])
    if n == 0:
        return Estimate.not_measured("no examples")
    value = float(statistic(*columns))
    groups = _groups(n, clusters)
    if len(groups) == 1:
        return Estimate.measured(value, None, n=1, method="single value, no interval")
    rng = np.random.default_rng(seed)
    draws = np.empty(RESAMPLES)
    for i in range(RESAMPLES):
        chosen = rng.integers(0, len(groups), len(groups))
        rows = chosen if clusters is None else np.concatenate([groups[j] for j in chosen])
        draws[i] = statistic(*(column[rows] for column in columns))
    return between(value, draws, len(groups))


def bootstrap_of_sums(
    statistics: Callable[[FloatArray], FloatArray], rows: npt.NDArray[np.integer], *, seed: int = 0
) -> list[Estimate]:
    """Return many statistics of column sums, each with the interval of `bootstrap`, from one resampling of the rows.

    How often each distinct row is in a resample is a multinomial draw: the cost grows with the number of distinct rows,
    which is small for counts.

    Args:
        statistics: maps sums, shape (..., k), to values, shape (..., m); NaN where undefined.
        rows: counts, shape (n, k).
        seed: seed of the resampling.

    Returns:
        m estimates, as from `bootstrap`.
    """
    n = len(rows)
    if n == 0:
        return [Estimate.not_measured("no examples") for _ in statistics(np.zeros(rows.shape[1]))]
    distinct, times = np.unique(rows, axis=0, return_counts=True)
    distinct = distinct.astype(np.float64)
    values = statistics(times @ distinct)
    if n == 1:
        return [Estimate.measured(value, None, n=1, method="single value, no interval") for value in values]
    drawn = np.random.default_rng(seed).multinomial(n, times / n, size=RESAMPLES)
    draws = statistics(drawn @ distinct)
    return [between(float(value), column, n) for value, column in zip(values, draws.T, strict=True)]


def bootstrap_of_rows(statistic: Callable[[FloatArray], FloatArray], rows: FloatArray, *, seed: int = 0) -> Estimate:
    """Return a statistic of column sums as `bootstrap` does, from the same resamples, but vectorised.

    Args:
        statistic: maps sums, shape (m, k), to values, shape (m,); 0/0 is NaN, without a warning.
        rows: contribution of each row to the sums, shape (n, k).
        seed: seed of the resampling.

    Returns:
        The estimate, as from `bootstrap`.
    """
    n = len(rows)
    if n == 0:
        return Estimate.not_measured("no examples")
    with np.errstate(invalid="ignore", divide="ignore"):
        value = float(statistic(rows.sum(axis=0, dtype=np.float64)[None])[0])
        if n == 1:
            return Estimate.measured(value, None, n=1, method="single value, no interval")
        draws = np.concatenate([statistic(times @ rows) for times in resamples(n, seed=seed, width=rows.shape[1])])
    return between(value, draws, n)


def quantile(values: npt.ArrayLike, q: float, *, minimum_n: int = 1) -> Estimate:
    """Return a quantile of a sample, with the distribution-free interval from order statistics (Conover 1999, § 3.2).

    Args:
        values: the sample.
        q: between 0 and 1.
        minimum_n: below this many values the quantile is withheld.
    """
    sample = np.sort(np.asarray(values, dtype=np.float64))
    n = sample.size
    if n == 0:
        return Estimate.not_measured("no samples")
    if n < minimum_n:
        return Estimate.not_measured(f"withheld: needs {minimum_n} samples, has {n}", n=n)
    ranks = np.asarray(scipy.stats.binom.ppf([(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2], n, q), dtype=np.intp)
    low, high = sample[np.clip(ranks[0] - 1, 0, n - 1)], sample[np.clip(ranks[1], 0, n - 1)]
    return Estimate.measured(float(np.quantile(sample, q)), (low, high), n=n, method="order statistics 95 %")


def bootstrap_of_times(statistic: Callable[[FloatArray], FloatArray], n: int, *, seed: int = 0) -> Estimate:
    """Return a statistic of row counts with the interval of `bootstrap`.

    Args:
        statistic: maps counts of each row, shape (m, n), to values, shape (m,); NaN where undefined.
        n: number of rows.
        seed: seed of the resampling.

    Returns:
        The estimate, as from `bootstrap`; its value counts every row once.
    """
    if n == 0:
        return Estimate.not_measured("no examples")
    value = float(statistic(np.ones((1, n)))[0])
    if n == 1:
        return Estimate.measured(value, None, n=1, method="single value, no interval")
    return between(value, np.concatenate([statistic(times) for times in resamples(n, seed=seed)]), n)


def between(value: float, draws: FloatArray, n: int) -> Estimate:
    """Return a value of n units with the interval of its resamples, as in `bootstrap`; NaN is left out."""
    defined = draws[np.isfinite(draws)]
    if defined.size and np.ptp(defined) <= ROUNDING * max(1.0, abs(value)):
        return Estimate.measured(value, None, n=n, method="all resamples agree, no interval")
    return Estimate.measured(value, expanded_percentiles(defined, n), n=n, method="percentile bootstrap 95 %")


def expanded_percentiles(draws: FloatArray, n: int) -> tuple[float, float]:
    """Return the percentiles at Φ(-√(n / (n - 1)) t) from either end, t with n - 1 degrees of freedom; NaN of none.

    Args:
        draws: values of the resamples, shape (m,).
        n: number of units that were resampled, at least two.
    """
    if draws.size == 0:
        return (float("nan"), float("nan"))
    t = scipy.stats.t.ppf(0.5 + CONFIDENCE / 2, n - 1)
    tail = float(scipy.stats.norm.cdf(-np.sqrt(n / (n - 1)) * t))
    low, high = np.quantile(draws, [tail, 1 - tail])
    return float(low), float(high)


def _groups(n: int, clusters: npt.ArrayLike | None) -> Sequence[npt.NDArray[np.intp]] | range:
    if clusters is None:
        return range(n)
    _, members = np.unique(np.asarray(clusters), return_inverse=True)
    return [np.flatnonzero(members == group) for group in range(int(members.max()) + 1)]
