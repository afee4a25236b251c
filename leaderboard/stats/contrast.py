"""Contrasts: a weighted sum of two values, usually their difference, with one-sided bounds and tests."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import scipy

from leaderboard.errors import NotMeasurableError
from leaderboard.stats.combination import difference
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.intervals import CONFIDENCE
from leaderboard.stats.power import ALPHA, POWER, detectable_difference, detectable_margin, margin_power

Weights = tuple[int, int]
"""Weights of the first and the second value, each 1 or -1."""
DIFFERENCE: Weights = (1, -1)
_Z = float(scipy.stats.norm.ppf(0.5 + CONFIDENCE / 2))


@dataclass(frozen=True, kw_only=True)
class Contrast(ABC):
    """A weighted sum of the values of two subjects.

    Attributes:
        value: the observed value.
        n: number of independent units.
        standard_error: standard error of the value; 0 where all units agree.
        method: method of the bounds.
        test: name of the test behind `p`; empty where there is none.
    """

    value: float
    n: int
    standard_error: float
    method: str
    test: str = ""

    @abstractmethod
    def tail(self, bound: float) -> float:
        """Return the one-sided p-value of "the true value is `bound` or more"."""

    @abstractmethod
    def upper(self, alpha: float) -> float:
        """Return the one-sided upper confidence bound at level alpha."""

    @abstractmethod
    def lower(self, alpha: float) -> float:
        """Return the one-sided lower confidence bound at level alpha."""

    @abstractmethod
    def p(self) -> float | None:
        """Return the two-sided p-value of "the true value is 0"; None where there is no valid test."""

    def estimate(self) -> Estimate:
        """Return the value with its 95 % interval; without an interval where all units agree."""
        if self.standard_error == 0:
            return Estimate.measured(self.value, None, n=self.n, method=self.method)
        side = (1 - CONFIDENCE) / 2
        low, high = self.lower(side), self.upper(side)
        return Estimate.measured(
            self.value, (min(low, self.value), max(high, self.value)), n=self.n, method=self.method
        )

    def detectable(self) -> float | None:
        """Return the minimum detectable effect of the two-sided test at α = 0.05 (80 % power); None where unknown."""
        return detectable_difference(self.standard_error) if self.standard_error > 0 else None

    def detectable_margin(self, *, alpha: float = ALPHA, power: float = POWER) -> float:
        """Return the smallest margin that `upper` stays below with this power if the true value is 0."""
        return detectable_margin(self.standard_error, alpha=alpha, power=power)

    def margin_power(self, margin: float, *, alpha: float = ALPHA) -> float:
        """Return the probability that `upper` stays below the margin if the true value is 0."""
        return margin_power(margin, self.standard_error, alpha=alpha)


@dataclass(frozen=True, kw_only=True)
class Exact(Contrast):
    """A contrast of two exact counts."""

    n: int = 1
    standard_error: float = 0.0
    method: str = "exact"

    def tail(self, bound: float) -> float:
        """Return the one-sided p-value of "the true value is `bound` or more"."""
        return float(self.value >= bound)

    def upper(self, alpha: float) -> float:
        """Return the one-sided upper confidence bound at level alpha."""
        del alpha  # the value is exact
        return self.value

    def lower(self, alpha: float) -> float:
        """Return the one-sided lower confidence bound at level alpha."""
        del alpha
        return self.value

    def p(self) -> float | None:
        """Return None, since there is nothing to test."""
        return None


@dataclass(frozen=True, kw_only=True)
class Independent(Contrast):
    """A contrast of two estimates without common examples: normal on either side, from their intervals (MOVER).

    Attributes:
        below, above: standard errors towards smaller and larger values.
    """

    below: float
    above: float
    test: str = "z, unpaired"

    def tail(self, bound: float) -> float:
        """Return the one-sided p-value of "the true value is `bound` or more"."""
        return _beyond(bound - self.value, self.above if bound >= self.value else self.below)

    def upper(self, alpha: float) -> float:
        """Return the one-sided upper confidence bound at level alpha."""
        return self.value + float(scipy.stats.norm.ppf(1 - alpha)) * self.above

    def lower(self, alpha: float) -> float:
        """Return the one-sided lower confidence bound at level alpha."""
        return self.value - float(scipy.stats.norm.ppf(1 - alpha)) * self.below

    def p(self) -> float | None:
        """Return the two-sided p-value of a z-test; it is below 0.05 exactly where the interval excludes 0."""
        return min(1.0, 2 * _beyond(abs(self.value), self.below if self.value > 0 else self.above))


def independent(first: Estimate, second: Estimate, weights: Weights = DIFFERENCE, shift: float = 0.0) -> Contrast:
    """Return the weighted sum of two independent estimates, plus shift.

    Raises:
        NotMeasurableError: where one is unknown, or has no interval and is not exact.
    """
    mine, others = weights
    first, second = first if mine > 0 else _negated(first), second if others < 0 else _negated(second)
    together = difference(first, second)
    if together.value is None:
        raise NotMeasurableError(together.reason)
    if together.low is not None and together.high is not None:
        below, above = (together.value - together.low) / _Z, (together.high - together.value) / _Z
        return Independent(
            value=together.value + shift,
            n=together.n,
            standard_error=(below + above) / 2,
            method=f"{together.method}, unpaired",
            below=below,
            above=above,
        )
    vague = next((each for each in (first, second) if each.low is None and not each.method.startswith("exact")), None)
    if vague is None and first.low is None and second.low is None:
        return Exact(value=together.value + shift)
    method = vague.method if vague else "one is exact, the other is not"
    raise NotMeasurableError(f"its uncertainty is unknown ({method})")


def _negated(estimate: Estimate) -> Estimate:
    if estimate.value is None:
        return estimate
    ends = None if estimate.low is None or estimate.high is None else (-estimate.high, -estimate.low)
    return Estimate.measured(-estimate.value, ends, n=estimate.n, method=estimate.method)


def _beyond(distance: float, error: float) -> float:
    if error == 0:
        return float(distance <= 0)
    return float(scipy.stats.norm.sf(distance / error))
