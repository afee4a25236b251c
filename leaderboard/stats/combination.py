"""Combinations of estimates: mean and difference of independent ones, and the weighted sum of correlated ones.

Intervals follow from those of the parts by variance recovery (MOVER, Zou & Donner 2008): the distance from a
combination to the end of its interval is the root of the summed squares of the parts' distances. With Wilson intervals
the difference is Newcombe's hybrid score interval (Newcombe 1998, method 10), valid at 0 and 1, where a bootstrap has
no width. With correlated parts each product of two distances counts as much as the two correlate (Zou 2007).
"""

import math
from collections.abc import Sequence

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.stats.estimate import Estimate

METHOD = "variance recovery (MOVER) 95 %"
CORRELATED_METHOD = "variance recovery (MOVER) of correlated parts 95 %"
NO_INTERVAL = "combined of one without an interval, no interval"


def mean_of(parts: Sequence[Estimate]) -> Estimate:
    """Return the unweighted mean of independent estimates; *not measured* when there is none or one is unknown."""
    problem = _problem(parts)
    if problem:
        return Estimate.not_measured(problem)
    value = sum(_value(part) for part in parts) / len(parts)
    n = sum(part.n for part in parts)
    distances = [_distances(part) for part in parts]
    if None in distances:
        return Estimate.measured(value, None, n=n, method=NO_INTERVAL)
    below, above = (math.hypot(*side) / len(parts) for side in zip(*filter(None, distances), strict=True))
    return Estimate.measured(value, (value - below, value + above), n=n, method=METHOD)


def difference(first: Estimate, second: Estimate) -> Estimate:
    """Return first minus second, of independent estimates; *not measured* when one is unknown."""
    problem = _problem([first, second])
    if problem:
        return Estimate.not_measured(problem)
    value, n = _value(first) - _value(second), first.n + second.n
    ends, others = _distances(first), _distances(second)
    if ends is None or others is None:
        return Estimate.measured(value, None, n=n, method=NO_INTERVAL)
    below, above = math.hypot(ends[0], others[1]), math.hypot(ends[1], others[0])
    return Estimate.measured(value, (value - below, value + above), n=n, method=METHOD)


def correlated_sum(parts: Sequence[Estimate], weights: Sequence[float], draws: FloatArray, *, n: int) -> Estimate:
    """Return the weighted sum of estimates of the same units; *not measured* when there is none or one is unknown.

    Args:
        parts: the estimates.
        weights: weight of each.
        draws: values of the parts on the same resamples, shape (resamples, parts), whose correlations count. Where a
            part does not vary or is NaN, parts that are added correlate fully and parts that are subtracted do not.
        n: number of independent units.
    """
    problem = _problem(parts)
    if problem:
        return Estimate.not_measured(problem)
    value = sum(weight * _value(part) for weight, part in zip(weights, parts, strict=True))
    distances = [_distances(part) for part in parts]
    if None in distances:
        return Estimate.measured(value, None, n=n, method=NO_INTERVAL)
    factors = np.array(weights)
    below, above = np.array(list(filter(None, distances))).T
    correlations = _correlations(draws, np.sign(np.outer(factors, factors)), n)
    ends = (np.where(factors > 0, below, above) * factors, np.where(factors > 0, above, below) * factors)
    low, high = (math.sqrt(max(0.0, float(end @ correlations @ end))) for end in ends)
    return Estimate.measured(value, (value - low, value + high), n=n, method=CORRELATED_METHOD)


def _correlations(draws: FloatArray, signs: FloatArray, n: int) -> FloatArray:
    """Return the correlations of parts, where `signs` says whether they are added (1) or subtracted (-1).

    Correlation narrows a difference. There it is that with half a unit less in common (Newcombe 1998, paired
    differences), at least 0: parts that agree on all n units leave doubt. Undefined ones are 1 where added, else 0.
    """
    centred = draws - draws.mean(axis=0)
    spread = np.sqrt((centred**2).mean(axis=0))
    products = np.outer(spread, spread)
    with np.errstate(invalid="ignore", divide="ignore"):  # 0/0 where a part does not vary
        plain = centred.T @ centred / len(draws) / products
        corrected = np.minimum(plain, np.maximum(plain - 0.5 / (n**2 * products), 0.0))
    correlations: FloatArray = np.where(signs > 0, plain, corrected)
    correlations = np.where(np.isfinite(correlations), correlations, np.maximum(signs, 0.0))
    np.fill_diagonal(correlations, 1.0)
    return correlations


def _problem(parts: Sequence[Estimate]) -> str:
    if not parts:
        return "nothing to combine"
    return "; ".join(dict.fromkeys(part.reason for part in parts if part.value is None))


def _value(part: Estimate) -> float:
    if part.value is None:
        raise ValueError("an estimate that was not measured has no value")
    return part.value


def _distances(part: Estimate) -> tuple[float, float] | None:
    """Return the distances from the value to the low and the high end of its interval; None where it has none."""
    if part.low is None or part.high is None:
        return None
    return _value(part) - part.low, part.high - _value(part)
