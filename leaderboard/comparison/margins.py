"""Margins: is a subject worse than another by less than what one is ready to accept?

Non-inferiority is shown, not assumed: it holds when even the upper bound of the harm stays below the margin. A test
that finds no difference shows nothing, for a small sample finds none.
"""

from dataclasses import dataclass

from leaderboard.axes.metric import Better
from leaderboard.comparison.matching import Facing
from leaderboard.stats.contrast import Contrast
from leaderboard.stats.power import ALPHA


@dataclass(frozen=True, slots=True, kw_only=True)
class NonInferiority:
    """How much worse the first subject is than the second, in the metric's unit.

    Attributes:
        harm: positive when the first is worse; for a metric with a target, how much further it is from it.
        low, bound: one-sided lower and upper bounds of the harm: it lies beyond each with a chance of at most alpha.
        p: one-sided p-value of "it is worse by the margin or more".
        n: independent examples behind it.
        paired: whether both answered the same examples.
        margin: the harm that is accepted, in the metric's unit.
        alpha: level of the test.
        minimum_detectable: the smallest margin that a first without any true harm keeps with a power of .8.
        power: the chance that a first without any true harm keeps this margin.
        method: how the bound was found.
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
        """Whether the first is worse by less than the margin, as sure as alpha asks."""
        return self.bound <= self.margin

    @property
    def broken(self) -> bool:
        """Whether the first is worse by more than the margin, as sure as alpha asks."""
        return self.low > self.margin


def non_inferiority(facing: Facing, margin: float, *, alpha: float = ALPHA) -> NonInferiority:
    """Whether the first of two subjects is worse by less than a margin.

    Args:
        facing: one number of both (see `comparison.matching.match(…).facing`).
        margin: in the metric's unit; 0 asks whether it is better.
        alpha: chance of passing a subject that is worse by exactly the margin.

    Raises:
        NotMeasurableError: where one number is unknown, or how sure they are.
    """
    harm = _harm(facing)
    return NonInferiority(
        harm=harm.value,
        low=min(harm.lower(alpha), harm.value),
        bound=max(harm.upper(alpha), harm.value),
        p=harm.tail(margin),
        n=harm.spread.n,
        paired=facing.shared is not None,
        margin=margin,
        alpha=alpha,
        minimum_detectable=harm.spread.detectable_margin(alpha=harm.level(alpha)),
        power=harm.spread.margin_power(margin, alpha=harm.level(alpha)),
        method=harm.spread.method.removesuffix(" 95 %"),
    )


@dataclass(frozen=True, slots=True)
class _Harm:
    """The largest over pairs of contrasts of the smaller of each pair; a single contrast where there is no target.

    A largest value is bounded above by its largest bound, a smallest by its smallest bound: where one of two bounds may
    be the one that counts, each is held at half the level (Bonferroni).
    """

    pairs: tuple[tuple[Contrast, ...], ...]

    @property
    def spread(self) -> Contrast:
        """The difference, whose spread is that of the harm as long as both stand on one side of the target."""
        return self.pairs[0][0]

    @property
    def value(self) -> float:
        return max(min(each.value for each in pair) for pair in self.pairs) + 0.0  # no negative zero

    def level(self, alpha: float) -> float:
        """Of the single bounds."""
        return alpha / len(self.pairs)

    def upper(self, alpha: float) -> float:
        return max(min(each.upper(self.level(alpha)) for each in pair) for pair in self.pairs)

    def lower(self, alpha: float) -> float:
        return max(min(each.lower(self.level(alpha)) for each in pair) for pair in self.pairs)

    def tail(self, margin: float) -> float:
        return max(min(1.0, len(pair) * min(each.tail(margin) for each in pair)) for pair in self.pairs)


def _harm(facing: Facing) -> _Harm:
    """By the metric's direction.

    The distance from a target t grows by |f - t| - |s - t|, which is the larger of min(f - s, f + s - 2t) and
    min(s - f, 2t - f - s). Absolute values of resamples would be drawn away from the target by chance alone, those of
    the nearer subject most: their bound is too low just where it matters.
    """
    metric = facing.metric
    if metric.better is not Better.TARGET:
        return _Harm(((facing.contrast((1, -1) if metric.better is Better.LOWER else (-1, 1)),),))
    if metric.target is None:
        raise ValueError(f"metric {metric.name} has no target")
    twice = 2 * metric.target
    above = facing.contrast((1, -1)), facing.contrast((1, 1), -twice)
    below = facing.contrast((-1, 1)), facing.contrast((-1, -1), twice)
    return _Harm((above, below))
