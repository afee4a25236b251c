"""A contrast that holds however many examples were asked: the mean of scores in the order in which they were asked.

Fixed-sample tests and intervals are wrong for examples that were asked until a result looked decided: looking at a 5 %
test after each of a thousand examples finds a difference that does not exist in more than a third of all cases.
"""

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import scipy

from leaderboard.arrays import FloatArray
from leaderboard.errors import NotMeasurableError
from leaderboard.stats import betting
from leaderboard.stats.betting import Bounds
from leaderboard.stats.contrast import Contrast
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.intervals import CONFIDENCE
from leaderboard.stats.power import ALPHA, POWER


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleOrder:
    """The order in which the common examples of two subjects were asked.

    Attributes:
        places: places of the common examples among those of `PairedSample`, in the order of asking.
        horizon: the most examples that could have been asked.
        bounds: bounds of a single score of the first and of the second subject.
    """

    places: npt.NDArray[np.intp]
    horizon: int
    bounds: tuple[Bounds, Bounds]

    def with_second_scaled(self, factor: float) -> "ExampleOrder":
        """Return the order where the scores of the second subject are multiplied by a factor."""
        first, (low, high) = self.bounds
        scaled = sorted((factor * low, factor * high))
        return replace(self, bounds=(first, (scaled[0], scaled[1])))


@dataclass(frozen=True, kw_only=True)
class SequentialMean(Contrast):
    """The mean of bounded scores, with bounds and p-values by betting (see `stats.betting`).

    Attributes:
        scores: in the order in which they were asked, shape (n,).
        bounds: bounds of a single score.
        horizon: the most examples that could have been asked.
    """

    scores: FloatArray
    bounds: Bounds
    horizon: int
    method: str = betting.METHOD
    test: str = "betting, anytime-valid"

    @classmethod
    def of(cls, scores: FloatArray, bounds: Bounds, *, horizon: int) -> "SequentialMean":
        """Return the contrast of scores in the order in which they were asked.

        Raises:
            NotMeasurableError: without scores.
        """
        n = len(scores)
        if not n:
            raise NotMeasurableError("no examples")
        error = float(scores.std(ddof=1)) / n**0.5 if n > 1 else 0.0
        return cls(value=float(scores.mean()), n=n, standard_error=error, scores=scores, bounds=bounds, horizon=horizon)

    @cached_property
    def _unit(self) -> FloatArray:
        return betting.to_unit(self.scores, self.bounds)

    def tail(self, bound: float) -> float:
        """Return the one-sided p-value of "the true value is `bound` or more"."""
        share = self._share(bound)
        if not 0 <= share <= 1:
            return float(share < 0)
        return betting.p_above(1 - self._unit, 1 - share, horizon=self.horizon)

    def upper(self, alpha: float) -> float:
        """Return the one-sided upper confidence bound at level alpha."""
        return betting.from_unit(betting.upper_bound(self._unit, level=alpha, horizon=self.horizon), self.bounds)

    def lower(self, alpha: float) -> float:
        """Return the one-sided lower confidence bound at level alpha."""
        return betting.from_unit(betting.lower_bound(self._unit, level=alpha, horizon=self.horizon), self.bounds)

    def decided_after(self, bound: float, below: float, above: float) -> int | None:
        """Return after how many examples a one-sided bound passed a number; None where none did.

        Args:
            bound: the number.
            below: level of the lower bound.
            above: level of the upper bound.
        """
        share = self._share(bound)
        if not 0 < share < 1:
            return None
        sides = ((self._unit, share, below), (1 - self._unit, 1 - share, above))
        decided = [
            betting.log_capital(unit, mean, betting.stakes(unit, self.horizon)) >= math.log(1 / level)
            for unit, mean, level in sides
        ]
        either = decided[0] | decided[1]
        return int(either.argmax()) + 1 if either.any() else None

    def p(self) -> float | None:
        """Return the two-sided p-value of "the true value is 0"; None where 0 is no possible value."""
        share = self._share(0.0)
        if not 0 < share < 1:
            return None
        above = betting.p_above(self._unit, share, horizon=self.horizon)
        return min(1.0, 2 * min(above, self.tail(0.0)))

    def estimate(self) -> Estimate:
        """Return the value with its 95 % interval, which has a width even where all examples agree."""
        side = (1 - CONFIDENCE) / 2
        low, high = min(self.lower(side), self.value), max(self.upper(side), self.value)
        return Estimate.measured(self.value, (low, high), n=self.n, method=self.method)

    def detectable(self) -> float | None:
        """Return about the smallest effect that would be decided after n examples (80 % power)."""
        return self.detectable_margin(alpha=(1 - CONFIDENCE) / 2)

    def detectable_margin(self, *, alpha: float = ALPHA, power: float = POWER) -> float:
        """Return about the smallest margin that `upper` stays below with this power if the true value is 0."""
        return self._reach(alpha) + float(scipy.stats.norm.ppf(power)) * self.standard_error

    def margin_power(self, margin: float, *, alpha: float = ALPHA) -> float:
        """Return about the probability that `upper` stays below the margin if the true value is 0."""
        if self.standard_error == 0:
            return float(self._reach(alpha) < margin)
        return float(scipy.stats.norm.cdf((margin - self._reach(alpha)) / self.standard_error))

    def _reach(self, alpha: float) -> float:
        return max(self.upper(alpha) - self.value, self.value - self.lower(alpha))

    def _share(self, value: float) -> float:
        low, high = self.bounds
        return (value - low) / (high - low)


def paired_contrast(
    first: FloatArray, second: FloatArray, order: ExampleOrder, *, weights: tuple[int, int], shift: float
) -> SequentialMean:
    """Return the weighted sum of two subjects' scores on the same examples, plus shift, as an anytime-valid contrast.

    Args:
        first: scores of the first on the common examples, shape (n,).
        second: scores of the second.
        order: the order in which they were asked.
        weights: weights of the first and of the second.
        shift: number that is added.
    """
    mine, others = (sorted(weight * end for end in ends) for weight, ends in zip(weights, order.bounds, strict=True))
    scores = weights[0] * first + weights[1] * second + shift
    bounds = mine[0] + others[0] + shift, mine[1] + others[1] + shift
    return SequentialMean.of(scores[order.places], bounds, horizon=order.horizon)
