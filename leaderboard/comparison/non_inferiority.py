"""Non-inferiority: whether a subject is worse than another by less than an acceptable margin.

Non-inferiority is shown, not assumed: it holds when the upper confidence bound of the harm is below the margin. "No
significant difference" does not show it, since a small sample finds no difference.
"""

from dataclasses import dataclass

from leaderboard.axes.metric import Better
from leaderboard.comparison.matching import EstimatePair
from leaderboard.stats.contrast import Contrast
from leaderboard.stats.power import ALPHA


@dataclass(frozen=True, slots=True, kw_only=True)
class NonInferiority:
    """Result of a non-inferiority test: how much worse the first subject is than the second, in the metric's unit.

    Attributes:
        harm: positive when the first is worse; for a metric with a target, how much further it is from the target.
        low, bound: one-sided lower and upper confidence bounds of the harm, each at level alpha.
        p: one-sided p-value of "it is worse by the margin or more".
        n: number of independent examples.
        paired: whether both answered the same examples.
        margin: accepted harm.
        alpha: level of the test.
        minimum_detectable: smallest margin at which a subject without any true harm passes with 80 % power.
        power: power of the test at this margin for a subject without any true harm.
        method: method of the bounds.
    """

    harm: float
    low: float
    bound: float
    p: float
    n: int
    paired: bool
    margin: float
    alpha: float
    minimum_detectable: float
    power: float
    method: str

    @property
    def holds(self) -> bool:
        """Whether the first is worse by less than the margin, at level alpha."""
        return self.bound <= self.margin

    @property
    def broken(self) -> bool:
        """Whether the first is worse by more than the margin, at level alpha."""
        return self.low > self.margin


def non_inferiority(pair: EstimatePair, margin: float, *, alpha: float = ALPHA) -> NonInferiority:
    """Test whether the first of two subjects is worse by less than a margin.

    Args:
        pair: one metric of both subjects, from `comparison.matching.match(…).pairs`.
        margin: in the metric's unit; 0 tests whether the first is better.
        alpha: probability of passing a subject that is worse by exactly the margin.

    Raises:
        NotMeasurableError: where one value or its uncertainty is unknown.
    """
    harm = _harm(pair)
    return NonInferiority(
        harm=harm.value,
        low=min(harm.lower(alpha), harm.value),
        bound=max(harm.upper(alpha), harm.value),
        p=harm.tail(margin),
        n=harm.spread.n,
        paired=pair.common is not None,
        margin=margin,
        alpha=alpha,
        minimum_detectable=harm.spread.detectable_margin(alpha=harm.level(alpha)),
        power=harm.spread.margin_power(margin, alpha=harm.level(alpha)),
        method=harm.spread.method.removesuffix(" 95 %"),
    )


@dataclass(frozen=True, slots=True)
class _Harm:
    """The maximum over pairs of contrasts of the minimum of each pair; a single contrast where there is no target.

    A maximum is bounded above by its largest bound, a minimum by its smallest bound: where either of two bounds may
    decide, each has half the level (Bonferroni).
    """

    pairs: tuple[tuple[Contrast, ...], ...]

    @property
    def spread(self) -> Contrast:
        """The difference, whose spread is that of the harm while both values are on one side of the target."""
        return self.pairs[0][0]

    @property
    def value(self) -> float:
        return max(min(each.value for each in pair) for pair in self.pairs) + 0.0  # no negative zero

    def level(self, alpha: float) -> float:
        """Return the level of a single bound."""
        return alpha / len(self.pairs)

    def upper(self, alpha: float) -> float:
        return max(min(each.upper(self.level(alpha)) for each in pair) for pair in self.pairs)

    def lower(self, alpha: float) -> float:
        return max(min(each.lower(self.level(alpha)) for each in pair) for pair in self.pairs)

    def tail(self, margin: float) -> float:
        return max(min(1.0, len(pair) * min(each.tail(margin) for each in pair)) for pair in self.pairs)


def _harm(pair: EstimatePair) -> _Harm:
    """Return the harm in the direction of the metric.

    The distance from a target t grows by |f - t| - |s - t|, which is the larger of min(f - s, f + s - 2t) and
    min(s - f, 2t - f - s). Absolute values of resamples are biased away from the target, most of all those of the
    nearer subject, so that their bound would be too low exactly where it matters.
    """
    metric = pair.metric
    if metric.better is not Better.TARGET:
        return _Harm(((pair.contrast((1, -1) if metric.better is Better.LOWER else (-1, 1)),),))
    if metric.target is None:
        raise ValueError(f"metric {metric.name} has no target")
    twice = 2 * metric.target
    above = pair.contrast((1, -1)), pair.contrast((1, 1), -twice)
    below = pair.contrast((-1, 1)), pair.contrast((-1, -1), twice)
    return _Harm((above, below))
