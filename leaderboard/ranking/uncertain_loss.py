"""A loss that is known up to an interval."""

import math
from dataclasses import dataclass
from statistics import NormalDist

QUANTILE = 1.959963984540054
"""Standard normal quantile of .975: half the width of a 95 % interval, in standard deviations."""


@dataclass(frozen=True, slots=True)
class Uncertain:
    """One objective of one point, to be minimised, with its 95 % interval.

    An exact value is an interval without width. A bootstrap interval need not hold the value it is of; one that does
    not is taken to end there.

    Attributes:
        value: the point estimate, finite.
        low, high: ends of the 95 % interval, low ≤ value ≤ high.
    """

    value: float
    low: float
    high: float

    @classmethod
    def exact(cls, value: float) -> "Uncertain":
        """Return a value without uncertainty."""
        return cls(value, value, value)

    @classmethod
    def between(cls, value: float, ends: tuple[float, float]) -> "Uncertain":
        """Return a value with the ends of its interval, in either order."""
        return cls(value, min(value, *ends), max(value, *ends))

    def chance_at_most(self, bound: float) -> float:
        """Return the probability that it is no larger than a bound: half a normal distribution on either side."""
        reach = self.high - self.value if bound >= self.value else self.value - self.low
        if reach == 0:
            return float(bound >= self.value)
        return NormalDist().cdf((bound - self.value) / reach * QUANTILE)

    def chance_at_least(self, bound: float) -> float:
        """Return the probability that it is no smaller than a bound, computed as in `chance_at_most`."""
        return Uncertain(-self.value, -self.high, -self.low).chance_at_most(-bound)

    def __post_init__(self) -> None:
        if not all(map(math.isfinite, (self.value, self.low, self.high))):
            raise ValueError(f"an objective is finite, not {self.value} [{self.low}, {self.high}]")
        if not self.low <= self.value <= self.high:
            raise ValueError(f"an interval holds its value; {self.value} lies outside [{self.low}, {self.high}]")
