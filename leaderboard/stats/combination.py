"""Combinations of independent estimates: mean and difference.

Intervals follow from those of the parts by variance recovery (MOVER, Zou & Donner 2008): the distance from a
combination to the end of its interval is the root of the summed squares of the parts' distances. With Wilson intervals
the difference is Newcombe's hybrid score interval (Newcombe 1998, method 10), valid at 0 and 1, where a bootstrap has
no width.
"""

import math
from collections.abc import Sequence

from leaderboard.stats.estimate import Estimate

METHOD = "variance recovery (MOVER) 95 %"
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
