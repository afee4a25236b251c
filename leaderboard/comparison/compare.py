"""Compare two subjects, metric by metric, with confidence intervals and significance tests."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from leaderboard.axes.axis import Axis
from leaderboard.axes.metric import Better, Metric
from leaderboard.comparison.caveats import evaluation_caveats, subject_caveats
from leaderboard.comparison.matching import EstimatePair, matches
from leaderboard.comparison.non_inferiority import non_inferiority
from leaderboard.errors import NotMeasurableError
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.multiplicity import holm
from leaderboard.stats.power import ALPHA
from leaderboard.store.results import SubjectResults

EXACT = "exact"
INTERVALS = "intervals alone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The difference of two subjects in one metric.

    Attributes:
        axis: axis of the metric.
        task: name of the task.
        metric: the metric.
        part: part of the task; empty for the whole task.
        first: estimate of the first subject.
        second: estimate of the second subject.
        difference: first minus second; on the examples that both answered where `paired`.
        paired: whether both estimates are on the same examples.
        test: name of the test behind `p`; empty where nothing was compared.
        p: two-sided p-value of "no difference"; None where there is no valid test.
        p_holm: `p` adjusted for all headline metrics of the comparison; None for any other metric.
        minimum_detectable: minimum detectable effect of a two-sided test at α = 0.05 (80 % power).
        better: 1 where the first is better, -1 where the second is, 0 where neither; None where unknown. The one nearer
            to the target is better where the metric has a target.
        certain: whether the better one is significantly better at α = 0.05, adjusted where `p_holm` is.
        sds: standard deviation between seeds of the first and of the second; None where they are not over seeds.
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
    sds: tuple[float | None, float | None] = (None, None)

    @property
    def in_family(self) -> bool:
        """Whether its p-value is adjusted together with others: it is a headline metric of a whole task."""
        return self.metric.headline and not self.part


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The comparison of two subjects.

    Attributes:
        first: label of the first subject.
        second: label of the second subject.
        differences: one for each metric that both have, task by task, headline metrics first.
        caveats: one sentence for each difference other than the subjects themselves.
        family: number of p-values that were adjusted together.
    """

    first: str
    second: str
    differences: tuple[Difference, ...]
    caveats: tuple[str, ...]
    family: int


def compare(first: SubjectResults, second: SubjectResults, *, tasks: Sequence[str] = ()) -> Comparison:
    """Compare two subjects on every task that both were measured on.

    The p-values of headline metrics of whole tasks are adjusted together (Holm 1979), since decisions rest on them.
    Other metrics have no adjusted p-value.

    Args:
        first: results of a subject.
        second: results of another subject; differences are first minus second.
        tasks: names of the tasks to compare; all when empty.

    Raises:
        RequestError: for a task that one of them was not measured on.
    """
    differences, caveats = [], list(subject_caveats(first, second))
    for match in matches(first, second, tasks=tasks):
        caveats += evaluation_caveats(match)
        differences += [estimate_difference(pair, match.first.task.axis) for pair in match.pairs.values()]
    places = [place for place, each in enumerate(differences) if each.in_family and each.p is not None]
    for place, adjusted in zip(places, holm([differences[place].p or 0.0 for place in places]), strict=True):
        differences[place] = replace(
            differences[place], p_holm=adjusted, certain=differences[place].certain and adjusted <= ALPHA
        )
    return Comparison(
        first=first.label,
        second=second.label,
        differences=tuple(differences),
        caveats=tuple(caveats),
        family=len(places),
    )


def estimate_difference(pair: EstimatePair, axis: Axis) -> Difference:
    """Return the difference of two estimates, before its p-value is adjusted for others."""
    without = Difference(
        axis=axis,
        task=pair.task,
        metric=pair.metric,
        part=pair.part,
        first=pair.first,
        second=pair.second,
        difference=_without_interval(pair, ""),
        paired=pair.common is not None,
        test="",
        p=None,
        p_holm=None,
        minimum_detectable=None,
        better=None,
        certain=False,
        sds=pair.sds,
    )
    if pair.first.value is None or pair.second.value is None:
        return without
    if pair.metric.better is Better.TARGET and pair.metric.target is None:
        return replace(without, difference=_without_interval(pair, "the target of its metric is not known here"))
    try:
        contrast = pair.contrast()
    except NotMeasurableError as error:
        return replace(without, difference=_without_interval(pair, str(error)), better=_better(pair))
    p = None if pair.timed else contrast.p()
    exact = contrast.method == EXACT
    return replace(
        without,
        difference=contrast.estimate().within(_bounds_of_difference(pair.metric)),
        test=EXACT if exact else INTERVALS if p is None else contrast.test,
        p=p,
        minimum_detectable=contrast.detectable(),
        better=_better(pair),
        certain=_certain(pair),
    )


def _bounds_of_difference(metric: Metric) -> tuple[float, float]:
    """Return the bounds of the difference of two values of a metric."""
    low, high = metric.bounds
    return low - high, high - low


def _certain(pair: EstimatePair) -> bool:
    """Whether one of the two is significantly better in a two-sided test."""
    harm = non_inferiority(pair, 0.0, alpha=ALPHA / 2)
    return harm.harm != 0 and (harm.bound < 0 or harm.low > 0)


def _better(pair: EstimatePair) -> int | None:
    first, second = pair.common.values if pair.common else (pair.first.value, pair.second.value)
    if first is None or second is None:
        return None
    metric = pair.metric
    if metric.better is Better.TARGET and metric.target is not None:
        first, second = -abs(first - metric.target), -abs(second - metric.target)
    elif metric.better is Better.LOWER:
        first, second = -first, -second
    return (first > second) - (first < second)


def _without_interval(pair: EstimatePair, why: str) -> Estimate:
    """Return the difference without an interval; *not measured* where one of the values is."""
    if pair.first.value is None or pair.second.value is None:
        return Estimate.not_measured(pair.first.reason or pair.second.reason)
    value = pair.first.value - pair.second.value
    return Estimate.measured(value, None, n=min(pair.first.n, pair.second.n), method=f"{why}, no interval")
