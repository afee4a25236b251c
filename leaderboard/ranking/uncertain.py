"""A loss that is known up to an interval."""

import math
from dataclasses import dataclass


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
        """A value that nothing else could be."""
        return cls(value, value, value)

    @classmethod
    def between(cls, value: float, ends: tuple[float, float]) -> "Uncertain":
        """A value and the ends of its interval, in either order."""
        return cls(value, min(value, *ends), max(value, *ends))

    def __post_init__(self) -> None:
        if not all(map(math.isfinite, (self.value, self.low, self.high))):
            raise ValueError(f"an objective is finite, not {self.value} [{self.low}, {self.high}]")
        if not self.low <= self.value <= self.high:
            raise ValueError(f"an interval holds its value; {self.value} lies outside [{self.low}, {self.high}]")
