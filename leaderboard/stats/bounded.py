"""Intervals of bounded numbers: they stay within the bounds by construction, and have a width where all examples agree.

Resamples of a sample never hold what is not in it: percentiles of the Brier score of 50 sure and right answers have no
width, and hold the true score in .47 of the cases where one answer in a hundred is wrong. Here every example has a
random weight (Bayesian bootstrap, Rubin 1981) and so has half an example that nobody saw, at the lower bound for the
low end and at the upper bound for the high end. Of right and wrong answers these are the ends of Jeffreys' interval;
with a whole example at the bound it is the interval of Gaffke 2005 and of Learned-Miller & Thomas 2020, which holds for
any distribution, and is wider than it needs to be. `benchmarks/coverage.md` has how often each holds the truth.
"""

import math
from collections.abc import Callable, Iterator
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import scipy

from leaderboard.stats.estimate import Estimate
from leaderboard.stats.intervals import CONFIDENCE
from leaderboard.stats.resampled import RESAMPLES, FloatArray, batches

Z = float(scipy.stats.norm.ppf(0.5 + CONFIDENCE / 2))
METHOD = "Bayesian bootstrap 95 %, half an example at each bound"
HALF = 0.5
"""Of an example that nobody saw, at a bound (Jeffreys' prior)."""
_KEPT_CELLS = 1_000_000

Bounds = tuple[float, float]
"""The least and the largest value that a number can have; infinite where there is none."""
Unseen = Callable[[np.random.Generator, int], FloatArray]
"""What unseen examples add to the sums: from a generator and how many draws m, to an array of shape (m, k)."""


def bounded_mean(
    values: npt.ArrayLike, bounds: Bounds, *, clusters: npt.ArrayLike | None = None, seed: int = 0
) -> Estimate:
    """Mean of bounded values, with the interval of this module.

    Args:
        values: shape (n,).
        bounds: of a single value, both finite.
        clusters: shape (n,), a key for each value where values of one key are not independent.
        seed: seed of the weights.

    Returns:
        *Not measured* for no values, and for one that is no number. n is that of the clusters, where there are some.

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
    ends = (each_of(np.array([[bound * size, size]])) for bound in bounds)
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
    """Statistics of the sums of columns, each with the interval of this module, from the same random weights.

    Equal rows are weighted together: the cost goes with the distinct rows, of which counts have few, and not with n.

    Args:
        statistics: from sums, shape (..., k), to values, shape (..., j); what is 0/0 is NaN, without a warning. A
            multiple of the sums has the same value.
        rows: what each example adds to the sums, shape (n, k).
        worst: what unseen examples at the lower bound would add.
        best: what those at the upper bound would add.
        seed: seed of the weights.

    Returns:
        j estimates; *not measured* for no rows, and where the value is undefined.
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
        for weights in _weights(times, seed):
            sums = weights @ distinct
            low.append(statistics(sums + worst(rng, len(sums))))
            high.append(statistics(sums + best(rng, len(sums))))
    side = (1 - CONFIDENCE) / 2
    lows, highs = _quantiles(np.concatenate(low), side), _quantiles(np.concatenate(high), 1 - side)
    return [
        Estimate.measured(value, (min(value, end), max(value, other)), n=n, method=METHOD)
        for value, end, other in zip(values.tolist(), lows, highs, strict=True)
    ]


def each_of(rows: FloatArray) -> Unseen:
    """Half an unseen example of each of these rows, shape (r, k)."""
    return lambda rng, m: rng.standard_gamma(HALF, (m, len(rows))) @ rows


def one_of(rows: FloatArray) -> Unseen:
    """Half an unseen example, in each draw of another of these rows, shape (r, k)."""
    return lambda rng, m: rng.standard_gamma(HALF, (m, 1)) * rows[rng.integers(0, len(rows), m)]


def score_interval(value: float, error: float, bounds: Bounds, *, n: int) -> tuple[float, float] | None:
    """Interval of a number whose standard error is known, within its bounds by construction.

    Between two bounds it is Wilson's, of as many examples as would give that error (Wilson 1927; Korn & Graubard 1998
    for the effective n): of all n where the error is 0. Above a lower bound it is that of the logarithm of the
    distance (delta method). Elsewhere it is normal.

    Args:
        value: as observed.
        error: its standard error.
        bounds: of the number.
        n: examples behind it.

    Returns:
        None where the error is 0 and there is no upper bound: then nothing is known of other examples.
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
    """Ends of Wilson's score interval of a share of n examples, which need be no whole number (Wilson 1927)."""
    z = Z if confidence == CONFIDENCE else float(scipy.stats.norm.ppf(0.5 + confidence / 2))
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return min(share, max(0.0, centre - half)), max(share, min(1.0, centre + half))


def _weights(times: npt.NDArray[np.integer], seed: int) -> Iterator[FloatArray]:
    """Random weights of distinct rows, each the sum of as many exponential ones as examples are equal: (m, rows)."""
    n = len(times)
    if int(times.max()) == 1:
        if RESAMPLES * n <= _KEPT_CELLS:
            yield _all_weights(n, seed)
            return
        rng = np.random.default_rng(seed)
        yield from (rng.standard_exponential((size, n)) for size in batches(n))
        return
    rng = np.random.default_rng(seed)
    yield from (rng.standard_gamma(times, (size, n)) for size in batches(n))


@lru_cache(maxsize=4)
def _all_weights(n: int, seed: int) -> FloatArray:
    """In one batch, kept for the next number of as many examples."""
    weights = np.random.default_rng(seed).standard_exponential((RESAMPLES, n))
    weights.flags.writeable = False
    return weights


def _quantiles(draws: FloatArray, q: float) -> list[float]:
    """Of each column, shape (m, j), without what is NaN; NaN of nothing."""
    defined = (column[np.isfinite(column)] for column in draws.T)
    return [float(np.quantile(column, q)) if column.size else math.nan for column in defined]
