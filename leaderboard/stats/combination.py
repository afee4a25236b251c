"""Estimates made of independent estimates: a mean, a difference.

Intervals come from those of the parts by variance recovery (MOVER, Zou & Donner 2008): the distance from a combination
to its end is the root of the summed squares of the parts' distances. With Wilson intervals the difference is
Newcombe's hybrid score interval (Newcombe 1998, method 10), sound at 0 and 1 where a bootstrap has no width.
"""

import math
from collections.abc import Sequence

from leaderboard.stats.estimate import Estimate

METHOD = "variance recovery (MOVER) 95 %"


def mean_of(parts: Sequence[Estimate]) -> Estimate:
    """Mean of independent estimates, each counted the same; *not measured* when there is none or one is unknown."""
    problem = _problem(parts)
    if problem:
        return Estimate.not_measured(problem)
    value = sum(_value(part) for part in parts) / len(parts)
    below = math.hypot(*(_value(part) - _low(part) for part in parts)) / len(parts)
    above = math.hypot(*(_high(part) - _value(part) for part in parts)) / len(parts)
    return Estimate.measured(value, (value - below, value + above), n=sum(part.n for part in parts), method=METHOD)


def difference(first: Estimate, second: Estimate) -> Estimate:
    """First minus second, of independent estimates; *not measured* when one is unknown."""
    problem = _problem([first, second])
    if problem:
        return Estimate.not_measured(problem)
    value = _value(first) - _value(second)
    below = math.hypot(_value(first) - _low(first), _high(second) - _value(second))
    above = math.hypot(_high(first) - _value(first), _value(second) - _low(second))
    return Estimate.measured(value, (value - below, value + above), n=first.n + second.n, method=METHOD)


def _problem(parts: Sequence[Estimate]) -> str:
    if not parts:
        return "nothing to combine"
    return "; ".join(dict.fromkeys(part.reason for part in parts if part.value is None))


def _value(part: Estimate) -> float:
    if part.value is None:
        raise ValueError("an estimate that was not measured has no value")
    return part.value


def _low(part: Estimate) -> float:
    return _value(part) if part.low is None else part.low


def _high(part: Estimate) -> float:
    return _value(part) if part.high is None else part.high
