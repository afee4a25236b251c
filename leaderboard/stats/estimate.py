"""Estimate: a value with its interval and its n, or *not measured* with the reason. Never a bare float."""

import math
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self


class Status(StrEnum):
    """What became of a measurement."""

    MEASURED = "measured"
    NOT_MEASURED = "not_measured"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Estimate:
    """What is known about one number.

    Attributes:
        status: measured, not measured, or failed.
        value: the point estimate in the metric's unit; None unless measured.
        low, high: ends of the 95 % confidence interval; None where the number is exact or no interval is known.
        n: how many independent examples stand behind it.
        method: how the interval was found ("Wilson 95 %").
        reason: why nothing was measured; empty when something was.
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
        """A number that was seen; a non-finite one becomes *not measured*, since it tells nothing.

        Args:
            value: the point estimate.
            interval: ends of the 95 % interval, or None for an exact count.
            n: independent examples behind it.
            method: how the interval was found, or "exact".
        """
        low, high = (float(interval[0]), float(interval[1])) if interval is not None else (None, None)
        numbers = [number for number in (float(value), low, high) if number is not None]
        if not all(map(math.isfinite, numbers)):
            return cls.not_measured(f"undefined for these {n} examples (the result is not a finite number)", n=n)
        return cls(Status.MEASURED, float(value), low, high, n=n, method=method)

    @classmethod
    def not_measured(cls, reason: str, *, n: int = 0) -> Self:
        """Nothing is known, and why."""
        return cls(Status.NOT_MEASURED, n=n, reason=reason)

    @classmethod
    def failed(cls, reason: str) -> Self:
        """Measuring was tried and broke."""
        return cls(Status.FAILED, reason=reason)

    def within(self, bounds: tuple[float, float]) -> Self:
        """The same with an interval that ends where the number does; the value is left as it is."""
        if self.low is None or self.high is None or self.value is None:
            return self
        low, high = max(self.low, bounds[0]), min(self.high, bounds[1])
        if (low, high) == (self.low, self.high):
            return self
        return replace(self, low=min(low, self.value), high=max(high, self.value))
