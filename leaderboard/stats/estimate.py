"""Estimates: a value with its confidence interval and n, or *not measured* with the reason; never a bare float."""

import math
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self


class Status(StrEnum):
    """Status of a measurement."""

    MEASURED = "measured"
    NOT_MEASURED = "not_measured"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A point estimate with its confidence interval, or the reason why there is none.

    Attributes:
        status: measured, not measured, or failed.
        value: the point estimate in the metric's unit; None unless measured.
        low, high: ends of the 95 % confidence interval; None where the value is exact or no interval is known.
        n: number of independent examples.
        method: method of the interval, for instance "Wilson 95 %".
        reason: why nothing was measured; empty where something was.
    """

    status: Status
    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0
    method: str = ""
    reason: str = ""

    def __post_init__(self) -> None:
        if self.status is not Status.MEASURED:
            if self.value is not None or not self.reason:
                raise ValueError(f"an estimate that is {self.status} has a reason and no value")
            return
        numbers = [number for number in (self.value, self.low, self.high) if number is not None]
        if self.value is None or not all(map(math.isfinite, numbers)):
            raise ValueError(f"a measured estimate is finite, not {self.value} [{self.low}, {self.high}]")
        if (self.low is None) != (self.high is None):
            raise ValueError("an interval has two ends or none")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"an interval runs from low to high, not from {self.low} to {self.high}")

    @classmethod
    def measured(cls, value: float, interval: tuple[float, float] | None, *, n: int, method: str) -> Self:
        """Return a measured estimate; a value that is not finite becomes *not measured*.

        Args:
            value: the point estimate.
            interval: ends of the 95 % interval, or None for an exact count.
            n: number of independent examples.
            method: method of the interval, or "exact".
        """
        low, high = (float(interval[0]), float(interval[1])) if interval is not None else (None, None)
        numbers = [number for number in (float(value), low, high) if number is not None]
        if not all(map(math.isfinite, numbers)):
            return cls.not_measured(f"undefined for these {n} examples (the result is not a finite number)", n=n)
        return cls(Status.MEASURED, float(value), low, high, n=n, method=method)

    @classmethod
    def not_measured(cls, reason: str, *, n: int = 0) -> Self:
        """Return an estimate without a value, and the reason."""
        return cls(Status.NOT_MEASURED, n=n, reason=reason)

    @classmethod
    def failed(cls, reason: str) -> Self:
        """Return the estimate of a measurement that raised an error."""
        return cls(Status.FAILED, reason=reason)

    def within(self, bounds: tuple[float, float]) -> Self:
        """Return the estimate with its interval clipped to the bounds; the value does not change."""
        if self.low is None or self.high is None or self.value is None:
            return self
        low, high = max(self.low, bounds[0]), min(self.high, bounds[1])
        if (low, high) == (self.low, self.high):
            return self
        return replace(self, low=min(low, self.value), high=max(high, self.value))
