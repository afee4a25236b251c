"""Agreement: whether two estimates of one number are the same, but for how machines round."""

import math

from leaderboard.stats.estimate import Estimate

_ROUNDING = 1e-9
"""Machines of one kind differ in the last digits of a float; that is no other result."""


def agree(first: Estimate, second: Estimate, *, slack: float = 0.0) -> bool:
    """Whether value, ends and n are the same.

    Args:
        first: one estimate.
        second: the other.
        slack: how far the ends of an interval may lie apart.
    """
    if (first.status, first.n) != (second.status, second.n):
        return False
    ends = max(slack, _ROUNDING)
    return (
        _near(first.value, second.value, _ROUNDING)
        and _near(first.low, second.low, ends)
        and _near(first.high, second.high, ends)
    )


def every_digit(estimate: Estimate) -> str:
    """An estimate in full, since two that look alike would not explain a difference."""
    if estimate.value is None:
        return estimate.status.replace("_", " ")
    interval = "" if estimate.low is None else f" [{estimate.low}, {estimate.high}]"
    return f"{estimate.value}{interval} (n = {estimate.n})"


def _near(first: float | None, second: float | None, tolerance: float) -> bool:
    if first is None or second is None:
        return first is second
    return math.isclose(first, second, rel_tol=_ROUNDING, abs_tol=tolerance)
