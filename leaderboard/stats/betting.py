"""Betting confidence sequences of bounded means: intervals that hold at every stopping time at once.

A gambler who bets against "the mean is m" multiplies their capital by 1 + λ_t (x_t - m) at every example. If m is the
mean, the capital is a nonnegative martingale, which ever reaches 1/α with probability at most α (Ville 1939): whatever
m makes the gambler that rich is excluded, however often one looks. Waudby-Smith & Ramdas, "Estimating means of bounded
random variables by betting", JRSS-B 86 (2024; arXiv 2010.09686): theorem 3 (hedged capital), section 5 (without
replacement).

Values are in [0, 1]. With `population` the examples are drawn without replacement from so many, and the bounds are of
the mean of all of these; without it they are of the distribution that the examples are drawn from.
"""

import math

import numpy as np
import numpy.typing as npt

from leaderboard.arrays import FloatArray
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.intervals import CONFIDENCE

METHOD = "betting confidence sequence 95 %, anytime-valid"
ANYTIME = "anytime-valid"
"""Word in the method of every interval that holds however the number of examples was chosen."""
LARGEST_SHARE = 0.75
"""Largest share of the capital that is at stake in one bet: the constant c of the paper (between 1/2 and 3/4)."""
HORIZON = 4096
"""Number of examples that bets are made for where the largest number is not known beforehand."""
_FEWEST = 16
"""Number of examples that the first gambler aims at; each further one aims at twice as many."""
_LOG_LEVEL = math.log(40)
"""Logarithm of 2/α at α = 0.05, for which bets are made; the bounds are valid at every level."""
_STEPS = 40
"""Bisections of [0, 1], after which a bound is exact to twelve digits."""
_ROUNDING = 1e-9

Bounds = tuple[float, float]


def stakes(values: FloatArray, horizon: int) -> FloatArray:
    """Return the bets λ of each of k gamblers on every value, shape (k, n); each depends on earlier values alone.

    Gambler j plays for a decision after n_j = 16, 32, 64, …, `horizon` examples: λ_{j,t} = √(2 ln(40) / (s²_{t-1} n_j))
    (Waudby-Smith & Ramdas, section 4.3, for a known n at α = 0.05), where s²_t = (1/4 + Σ_{i≤t} (x_i - m_i)²) / (t + 1)
    and m_t = (1/2 + Σ_{i≤t} x_i) / (t + 1).
    """
    t = np.arange(1, len(values) + 1)
    means = (0.5 + np.cumsum(values)) / (t + 1)
    variances = (0.25 + np.cumsum((values - means) ** 2)) / (t + 1)
    before = np.concatenate([[0.25], variances])[: len(values)]
    doublings = math.ceil(math.log2(max(horizon, _FEWEST + 1) / _FEWEST))
    targets = np.array([_FEWEST * 2**power for power in range(doublings)] + [max(horizon, _FEWEST + 1)])
    return np.asarray(np.sqrt(2 * _LOG_LEVEL / (before * targets[:, None])))


def log_capital(values: FloatArray, mean: float, lambdas: FloatArray, *, population: int | None = None) -> FloatArray:
    """Return the logarithm of the capital of gamblers on "the mean is above `mean`" after each value, shape (n,).

    ln((1/k) Σ_j Π_{i≤t} (1 + min(λ_{j,i}, c/m_i) (x_i - m_i))), the average of k gamblers (a mixture of martingales is
    one), where m_i is `mean`, or without replacement the mean of what is left, (N mean - Σ_{l<i} x_l) / (N - i + 1).
    Infinite from where that is below 0: the values seen rule the mean out.

    Args:
        values: in [0, 1], in the order in which they were asked, shape (n,).
        mean: the mean that is bet against.
        lambdas: bets from `stakes`, shape (k, n).
        population: size of the set that the values are drawn from without replacement; None for a distribution.
    """
    current = _conditional_means(values, mean, population)
    with np.errstate(divide="ignore"):
        largest = np.where(current > 0, LARGEST_SHARE / np.maximum(current, 0.0), np.inf)
    gains = np.log1p(np.minimum(lambdas, largest) * (values - np.maximum(current, 0.0)))
    together = np.logaddexp.reduce(np.cumsum(gains, axis=1), axis=0) - math.log(len(lambdas))
    # Rounding leaves the mean of what is left a hair below 0 where it is 0.
    return np.asarray(np.where(np.minimum.accumulate(current) < -_ROUNDING, np.inf, together))


def _conditional_means(values: FloatArray, mean: float, population: int | None) -> FloatArray:
    if population is None:
        return np.full(len(values), mean)
    before = np.cumsum(values) - values
    return np.asarray((population * mean - before) / (population - np.arange(len(values))))


def lower_bound(values: npt.ArrayLike, *, level: float, horizon: int = HORIZON, population: int | None = None) -> float:
    """Return the one-sided lower bound of the mean that holds at every n at once with probability 1 - level.

    The largest m at which the capital ever reached 1/level: it falls as m grows, so that bisection finds it. The bound
    after more values is never lower.

    Args:
        values: in [0, 1], in the order in which they were asked, shape (n,).
        level: probability that the bound ever lies above the mean.
        horizon: the most examples that there will be, for which the bets are made. It must not depend on the values.
        population: size of the set that the values are drawn from without replacement; None for a distribution.

    Raises:
        ValueError: for values out of [0, 1], or more of them than the population has.
    """
    sample = _checked(values, population)
    lambdas, rich = stakes(sample, horizon), math.log(1 / level)

    def is_excluded(mean: float) -> bool:
        return bool(log_capital(sample, mean, lambdas, population=population).max(initial=-np.inf) >= rich)

    least = 0.0 if population is None else float(sample.sum()) / population  # all that is left may be 0
    if not is_excluded(least):
        return least
    low, high = least, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if is_excluded(middle) else (low, middle)
    return low


def upper_bound(values: npt.ArrayLike, *, level: float, horizon: int = HORIZON, population: int | None = None) -> float:
    """Return the one-sided upper bound of the mean, the mirror image of `lower_bound`."""
    mirrored = 1.0 - np.asarray(values, np.float64)
    return 1.0 - lower_bound(mirrored, level=level, horizon=horizon, population=population)


def confidence_sequence(
    values: npt.ArrayLike, *, alpha: float = 1 - CONFIDENCE, horizon: int = HORIZON, population: int | None = None
) -> Bounds:
    """Return the two-sided interval of the hedged capital, which covers the mean at every n at once.

    Half of the capital bets on either side (θ = 1/2); (0, 1) without values. It is the intersection of the intervals
    after every prefix, so that it never grows.
    """
    half = alpha / 2
    low = lower_bound(values, level=half, horizon=horizon, population=population)
    return low, max(low, upper_bound(values, level=half, horizon=horizon, population=population))


def p_above(values: npt.ArrayLike, mean: float, *, horizon: int = HORIZON) -> float:
    """Return the anytime-valid p-value of "the mean is `mean` or less": 1 / the largest capital that was reached.

    It is at most a level exactly where `lower_bound` at that level is `mean` or more.

    Args:
        values: in [0, 1], in the order in which they were asked.
        mean: in [0, 1].
        horizon: as in `lower_bound`.
    """
    sample = _checked(values, None)
    largest = log_capital(sample, mean, stakes(sample, horizon)).max(initial=0.0)
    return math.exp(-max(0.0, float(largest)))


def anytime_mean(values: npt.ArrayLike, bounds: Bounds, *, horizon: int = HORIZON) -> Estimate:
    """Return the mean of bounded values with its betting confidence sequence (95 %).

    Args:
        values: in the order in which they were asked, shape (n,).
        bounds: finite bounds of a single value.
        horizon: as in `lower_bound`.

    Returns:
        *Not measured* without values, and for NaN.
    """
    sample = np.asarray(values, np.float64)
    if not sample.size:
        return Estimate.not_measured("no examples")
    value = float(sample.mean())
    if not math.isfinite(value):
        return Estimate.measured(value, None, n=sample.size, method=METHOD)
    ends = confidence_sequence(to_unit(sample, bounds), horizon=horizon)
    low, high = (from_unit(end, bounds) for end in ends)
    return Estimate.measured(value, (min(low, value), max(high, value)), n=sample.size, method=METHOD)


def to_unit(values: FloatArray, bounds: Bounds) -> FloatArray:
    """Rescale values between two bounds to [0, 1]; rounding does not lead out of it.

    Raises:
        ValueError: for bounds that are not finite.
    """
    low, high = bounds
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ValueError(f"bounds {low} and {high} are not two different finite numbers")
    unit = (np.asarray(values, np.float64) - low) / (high - low)
    rounded = (unit > -_ROUNDING) & (unit < 1 + _ROUNDING)
    return np.asarray(np.where(rounded, np.clip(unit, 0.0, 1.0), unit))


def from_unit(share: float, bounds: Bounds) -> float:
    """Rescale a number in [0, 1] to the range between two bounds."""
    return bounds[0] + share * (bounds[1] - bounds[0])


def _checked(values: npt.ArrayLike, population: int | None) -> FloatArray:
    sample = np.asarray(values, np.float64)
    if sample.size and not (sample.min() >= 0 and sample.max() <= 1):  # NaN fails both
        raise ValueError(f"values from {sample.min()} to {sample.max()} are not between 0 and 1")
    if population is not None and sample.size > population:
        raise ValueError(f"{sample.size} values are more than the population of {population}")
    return sample
