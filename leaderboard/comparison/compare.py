"""Compare: two subjects, number by number, with what the difference could be and whether chance explains it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from leaderboard.axes.metric import Axis, Better, Metric
from leaderboard.comparison.apart import evaluations_apart, subjects_apart
from leaderboard.comparison.margins import non_inferiority
from leaderboard.comparison.matching import Facing, matches
from leaderboard.errors import NotMeasurableError
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.multiplicity import holm
from leaderboard.stats.power import ALPHA
from leaderboard.store.results import SubjectResults

EXACT = "exact"
INTERVALS = "intervals alone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One number of two subjects, and how far they are apart.

    Attributes:
        part: of the task, empty for all of it.
        difference: first minus second, on the examples that both answered where `paired`.
        paired: whether the same examples stand behind both.
        test: how `p` was found; empty where nothing was compared.
        p: two-sided p-value of "they are the same"; None where no honest one is known.
        p_holm: `p` adjusted for all headline metrics of the comparison; None for any other metric.
        minimum_detectable: the true difference that a two-sided test at α = .05 finds with a power of .8 here.
        better: 1 where the first is better, -1 where the second is, 0 where neither; None where unknown. Of a metric
            with a target the nearer one is better.
        certain: whether chance does not explain which is better, at α = .05, adjusted where `p_holm` is.
    """

    axis: Axis
    task: str
    metric: Metric
    part: str
    first: Estimate
    second: Estimate
    difference: Estimate
    paired: bool
    test: str
    p: float | None
    p_holm: float | None
    minimum_detectable: float | None
    better: int | None
    certain: bool

    @property
    def in_family(self) -> bool:
        """Whether it is one of those whose p-values are adjusted together: a headline metric of a whole task."""
        return self.metric.headline and not self.part


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two subjects.

    Attributes:
        first, second: their labels.
        differences: of all numbers that both have, task by task, headline metrics first.
        apart: what differs beside the subjects, a sentence each.
        family: how many p-values were adjusted together.
    """

    first: str
    second: str
    differences: tuple[Difference, ...]
    apart: tuple[str, ...]
    family: int


def compare(first: SubjectResults, second: SubjectResults, *, tasks: Sequence[str] = ()) -> Comparison:
    """Hold two subjects against each other on every task that both were measured on.

    The p-values of headline metrics of whole tasks are adjusted together (Holm 1979): these are what one decides on.
    The others inform, and have no adjusted p-value.

    Args:
        first: a subject.
        second: another; differences are first minus second.
        tasks: only these, by name.

    Raises:
        RequestError: for a task that one of them was never measured on.
    """
    found, apart = [], list(subjects_apart(first, second))
    for match in matches(first, second, tasks=tasks):
        apart += evaluations_apart(match)
        found += [difference_of(facing, match.first.task.axis) for facing in match.facing.values()]
    places = [place for place, each in enumerate(found) if each.in_family and each.p is not None]
    for place, adjusted in zip(places, holm([found[place].p or 0.0 for place in places]), strict=True):
        found[place] = replace(found[place], p_holm=adjusted, certain=found[place].certain and adjusted <= ALPHA)
    return Comparison(
        first=first.label, second=second.label, differences=tuple(found), apart=tuple(apart), family=len(places)
    )


def difference_of(facing: Facing, axis: Axis) -> Difference:
    """One number of two subjects, before its p-value is adjusted for others."""
    without = Difference(
        axis=axis,
        task=facing.task,
        metric=facing.metric,
        part=facing.part,
        first=facing.first,
        second=facing.second,
        difference=_without_interval(facing, ""),
        paired=facing.shared is not None,
        test="",
        p=None,
        p_holm=None,
        minimum_detectable=None,
        better=None,
        certain=False,
    )
    if facing.first.value is None or facing.second.value is None:
        return without
    try:
        contrast = facing.contrast()
    except NotMeasurableError as error:
        return replace(without, difference=_without_interval(facing, str(error)), better=_better(facing))
    p = None if facing.timed else contrast.p()
    exact = contrast.method == EXACT
    return replace(
        without,
        difference=contrast.estimate().within(_bounds_of_difference(facing.metric)),
        test=EXACT if exact else INTERVALS if p is None else contrast.test,
        p=p,
        minimum_detectable=contrast.detectable(),
        better=_better(facing),
        certain=_certain(facing),
    )


def _bounds_of_difference(metric: Metric) -> tuple[float, float]:
    """Between these every difference of two numbers of a metric lies."""
    low, high = metric.bounds
    return low - high, high - low


def _certain(facing: Facing) -> bool:
    """Whether one of the two is better in either direction of a two-sided test."""
    harm = non_inferiority(facing, 0.0, alpha=ALPHA / 2)
    return harm.harm != 0 and (harm.bound < 0 or harm.low > 0)


def _better(facing: Facing) -> int | None:
    first, second = facing.shared.values if facing.shared else (facing.first.value, facing.second.value)
    if first is None or second is None:
        return None
    metric = facing.metric
    if metric.better is Better.TARGET and metric.target is not None:
        first, second = -abs(first - metric.target), -abs(second - metric.target)
    elif metric.better is Better.LOWER:
        first, second = -first, -second
    return (first > second) - (first < second)


def _without_interval(facing: Facing, why: str) -> Estimate:
    """The bare difference; *not measured* where one number is."""
    if facing.first.value is None or facing.second.value is None:
        return Estimate.not_measured(facing.first.reason or facing.second.reason)
    value = facing.first.value - facing.second.value
    return Estimate.measured(value, None, n=min(facing.first.n, facing.second.n), method=f"{why}, no interval")
