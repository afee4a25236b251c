"""Contrast: one number made of two, a difference above all, with what can be said about it on either side."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import scipy

from leaderboard.errors import NotMeasurableError
from leaderboard.stats.combination import difference
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.intervals import CONFIDENCE
from leaderboard.stats.power import ALPHA, POWER, detectable_difference, detectable_margin, margin_power

Weights = tuple[int, int]
"""What the first and the second count, each 1 or -1."""
DIFFERENCE: Weights = (1, -1)
_Z = float(scipy.stats.norm.ppf(0.5 + CONFIDENCE / 2))


@dataclass(frozen=True, kw_only=True)
class Contrast(ABC):
    """A number that two subjects have together.

    Attributes:
        value: as observed.
        n: independent units behind it.
        standard_error: of the value; 0 where all units agree.
        method: how bounds are found.
        test: how `p` is found; empty where there is none.
    """

    value: float
    n: int
    standard_error: float
    method: str
    test: str = ""

    @abstractmethod
    def tail(self, bound: float) -> float:
        """One-sided p-value of "it is `bound` or more"."""

    @abstractmethod
    def upper(self, alpha: float) -> float:
        """One-sided upper bound: it is more with a chance of at most alpha."""

    @abstractmethod
    def lower(self, alpha: float) -> float:
        """One-sided lower bound."""

    @abstractmethod
    def p(self) -> float | None:
        """Two-sided p-value of "it is 0"; None where no honest one is known."""

    def estimate(self) -> Estimate:
        """The value with its 95 % interval; without one where all units agree, which says nothing of others."""
        if self.standard_error == 0:
            return Estimate.measured(self.value, None, n=self.n, method=self.method)
        side = (1 - CONFIDENCE) / 2
        low, high = self.lower(side), self.upper(side)
        return Estimate.measured(
            self.value, (min(low, self.value), max(high, self.value)), n=self.n, method=self.method
        )

    def detectable(self) -> float | None:
        """The true value that the two-sided test at α = .05 tells from 0 with a power of .8; None where unknown."""
        return detectable_difference(self.standard_error) if self.standard_error > 0 else None

    def detectable_margin(self, *, alpha: float = ALPHA, power: float = POWER) -> float:
        """The smallest bound that `upper` stays below with that power if the true value is 0."""
        return detectable_margin(self.standard_error, alpha=alpha, power=power)

    def margin_power(self, margin: float, *, alpha: float = ALPHA) -> float:
        """The chance that `upper` stays below the margin if the true value is 0."""
        return margin_power(margin, self.standard_error, alpha=alpha)


@dataclass(frozen=True, kw_only=True)
class Exact(Contrast):
    """Of two counts without any error."""

    n: int = 1
    standard_error: float = 0.0
    method: str = "exact"

    def tail(self, bound: float) -> float:
        """See `Contrast.tail`."""
        return float(self.value >= bound)

    def upper(self, alpha: float) -> float:
        """See `Contrast.upper`."""
        del alpha  # it is known
        return self.value

    def lower(self, alpha: float) -> float:
        """See `Contrast.lower`."""
        del alpha
        return self.value

    def p(self) -> float | None:
        """None: there is nothing to test."""
        return None


@dataclass(frozen=True, kw_only=True)
class Independent(Contrast):
    """Of two estimates that share no examples: normal on either side, as wide there as their intervals (MOVER).

    Attributes:
        below, above: standard errors towards smaller and larger values.
    """

    below: float
    above: float
    test: str = "z, unpaired"

    def tail(self, bound: float) -> float:
        """See `Contrast.tail`."""
        return _beyond(bound - self.value, self.above if bound >= self.value else self.below)

    def upper(self, alpha: float) -> float:
        """See `Contrast.upper`."""
        return self.value + float(scipy.stats.norm.ppf(1 - alpha)) * self.above

    def lower(self, alpha: float) -> float:
        """See `Contrast.lower`."""
        return self.value - float(scipy.stats.norm.ppf(1 - alpha)) * self.below

    def p(self) -> float | None:
        """See `Contrast.p`: below .05 just where the interval leaves 0 out."""
        return min(1.0, 2 * _beyond(abs(self.value), self.below if self.value > 0 else self.above))


def independent(first: Estimate, second: Estimate, weights: Weights = DIFFERENCE, shift: float = 0.0) -> Contrast:
    """The weighted sum of two independent estimates, plus shift.

    Raises:
        NotMeasurableError: where one is unknown, or has no interval and is not exact either.
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
    raise NotMeasurableError(f"how sure it is, is not known ({method})")


def _negated(estimate: Estimate) -> Estimate:
    if estimate.value is None:
        return estimate
    ends = None if estimate.low is None or estimate.high is None else (-estimate.high, -estimate.low)
    return Estimate.measured(-estimate.value, ends, n=estimate.n, method=estimate.method)


def _beyond(distance: float, error: float) -> float:
    if error == 0:
        return float(distance <= 0)
    return float(scipy.stats.norm.sf(distance / error))
