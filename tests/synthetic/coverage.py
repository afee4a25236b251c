"""Coverage: how often does an interval that promises 95 % hold the truth? Counted in seeded simulations."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy

from leaderboard.stats.estimate import Estimate

LEAST, MOST = 0.93, 0.975
"""Coverage that is near enough to 95 %."""
_FALSE_ALARM = 1e-4
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Situation:
    """A population whose true number is known, and how an estimate of a sample of it is drawn.

    Attributes:
        metric: name of what is estimated.
        label: what is special about it.
        n: examples in a sample.
        truth: the number of the population.
        draw: an estimate of a new sample.
    """

    metric: str
    label: str
    n: int
    truth: float
    draw: Callable[[np.random.Generator], Estimate]


@dataclass(frozen=True, slots=True)
class Coverage:
    """What became of the intervals of a situation.

    Attributes:
        draws: samples.
        intervals: how many of their estimates had an interval.
        held: how many of these held the truth.
        below, above: how many of these ended below it, and began above it.
        width: mean width of the intervals; NaN where there was none.
    """

    draws: int
    intervals: int
    held: int
    below: int
    above: int
    width: float

    @property
    def share(self) -> float:
        """Share of the intervals that held the truth; NaN where there was none."""
        return self.held / self.intervals if self.intervals else float("nan")

    @property
    def withheld(self) -> float:
        """Share of samples without an interval."""
        return 1 - self.intervals / self.draws

    def contradicts(self, least: float = LEAST) -> bool:
        """Whether so few intervals would hold the truth by chance once in 10,000 times, if `least` of all did."""
        return bool(scipy.stats.binom.cdf(self.held, self.intervals, least) < _FALSE_ALARM)


def simulate(situation: Situation, draws: int, *, seed: int = 0) -> Coverage:
    """Estimate so many samples of a situation.

    Args:
        situation: what is drawn.
        draws: how many samples.
        seed: of the samples.
    """
    rng = np.random.default_rng(seed)
    below, above, widths = 0, 0, []
    for _ in range(draws):
        estimate = situation.draw(rng)
        if estimate.low is None or estimate.high is None:
            continue
        widths.append(estimate.high - estimate.low)
        below += estimate.high < situation.truth - _ROUNDING
        above += estimate.low > situation.truth + _ROUNDING
    intervals = len(widths)
    width = float(np.mean(widths)) if widths else float("nan")
    return Coverage(draws, intervals, intervals - below - above, below, above, width)
