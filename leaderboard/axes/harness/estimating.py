"""From what was seen of single documents to numbers, by the rules of lm-evaluation-harness; no model is needed."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from lm_eval.api.metrics import (
    aggregate_subtask_metrics,
    pooled_sample_stderr,
    stderr_for_metric,
    unweighted_mean_stderr,
)
from lm_eval.api.registry import AGGREGATION_REGISTRY

from leaderboard.axes.harness.metrics import REPORTED
from leaderboard.axes.harness.parameters import Group, GroupMetric
from leaderboard.axes.harness.silence import silently
from leaderboard.axes.metric import Axis
from leaderboard.axes.protocol import Measurement, Observation
from leaderboard.stats import intervals
from leaderboard.stats.bounded import bounded_mean, score_interval
from leaderboard.stats.estimate import Estimate

RESAMPLES = 1000
"""Of its bootstrap; lm-evaluation-harness itself takes 100 000, which changes the third digit of an error and costs
minutes."""
_SLOW = frozenset({"bleu", "chrf", "chrf++", "ter"})
_RESAMPLES_OF_SLOW = 100

Aggregation = Callable[[Sequence[Any]], Any]


def estimate(observations: Sequence[Observation], groups: Sequence[Group], axis: Axis) -> list[Measurement]:
    """Every metric of the axis that can be reported, and its parts: filters, and the tasks of a group.

    Of several filters the first that the task names stands for the whole.

    Args:
        observations: of one task, or of all tasks of a group.
        groups: the outermost first; none for a single task.
        axis: where the metrics count.
    """
    columns = _columns(observations)
    measurements = []
    for name, known in REPORTED.items():
        own = [column for column in columns if column.metric == name]
        if known.metric.axis is not axis:
            continue
        if not own:
            reason = f"the task does not report {name}" if observations else "no examples"
            measurements.append(Measurement(known.metric, Estimate.not_measured(reason)))
        measurements += [
            Measurement(known.metric, estimated, part) for part, estimated in _parts(own, groups, known.scale)
        ]
    return measurements


def aggregate(function: Aggregation, values: Sequence[Any]) -> float | None:
    """One number of all values, or None where it is none."""
    try:
        number = float(function(values))
    except (TypeError, ValueError, ArithmeticError):
        return None
    return number if math.isfinite(number) else None


@dataclass
class _Column:
    """One metric behind one filter on all documents of one task.

    Attributes:
        aggregation: its name, empty where it is code of the task's own.
        whole: the one number, where only that was kept.
    """

    task: str
    metric: str
    filter: str
    aggregation: str
    whole: float | None
    values: list[Any] = field(default_factory=list)

    @property
    def function(self) -> Aggregation | None:
        return AGGREGATION_REGISTRY.get(self.aggregation) if self.aggregation in AGGREGATION_REGISTRY else None

    @cached_property
    def value(self) -> float | None:
        return self.whole if self.function is None else aggregate(self.function, self.values)

    @cached_property
    def stderr(self) -> float | None:
        """As lm-evaluation-harness finds it: analytic for means, else a seeded bootstrap; None where it has neither."""
        resamples = _RESAMPLES_OF_SLOW if self.metric in _SLOW else RESAMPLES
        find = stderr_for_metric(self.function, resamples) if self.function else None
        if find is None or len(self.values) < 2:  # noqa: PLR2004 - one value does not vary
            return None
        with silently():
            return aggregate(find, self.values)

    def estimate(self, scale: float) -> Estimate:
        """The number with its interval, in the unit of the catalogue."""
        n = len(self.values)
        if self.value is None:
            return Estimate.not_measured("lm-evaluation-harness gives no finite number", n=n)
        if self.function is None:
            method = "by the task's own code, no interval"
            return Estimate.measured(scale * self.value, None, n=n, method=method)
        if n == 1:
            return Estimate.measured(scale * self.value, None, n=n, method="single value, no interval")
        return self._with_interval(self.function, self.value, scale)

    def _with_interval(self, function: Aggregation, value: float, scale: float) -> Estimate:
        if self.aggregation == "mean" and all(value in (0, 1) for value in self.values):
            return intervals.proportion(round(sum(self.values)), len(self.values), scale=scale)
        if self.aggregation == "perplexity":
            return self._exponential(scale)
        if self.aggregation == "mean" and self._bounded(scale):
            return bounded_mean([scale * value for value in self.values], REPORTED[self.metric].metric.bounds)
        if self.stderr is None:
            return self._bootstrapped(function, scale)
        return _around(self.metric, value, self.stderr, scale, n=len(self.values), method="lm-eval standard error")

    def _bounded(self, scale: float) -> bool:
        """Whether each document's score lies between two bounds of the metric."""
        low, high = REPORTED[self.metric].metric.bounds
        return math.isfinite(low + high) and all(low <= scale * value <= high for value in self.values)

    def _exponential(self, scale: float) -> Estimate:
        """The exponential of a mean: a standard error of its own would reach below zero."""
        negative = intervals.mean([-value for value in self.values])
        ends = [number for number in (negative.value, negative.low, negative.high) if number is not None]
        value, low, high = (scale * math.exp(min(end, 700.0)) for end in ends)  # beyond, floats end
        return Estimate.measured(value, (low, high), n=negative.n, method="Student t 95 % of the logarithm")

    def _bootstrapped(self, function: Aggregation, scale: float) -> Estimate:
        """For what lm-evaluation-harness has no standard error of."""

        def statistic(rows: Any) -> float:
            number = aggregate(function, [self.values[row] for row in rows])
            return math.nan if number is None else scale * number

        return intervals.bootstrap(statistic, np.arange(len(self.values)))


def _columns(observations: Sequence[Observation]) -> list[_Column]:
    """In the order of tasks, metrics and filters; documents are sorted, since a bootstrap depends on their order."""
    columns: dict[tuple[str, str, str], _Column] = {}
    for seen in sorted(observations, key=lambda seen: (seen.data["task"], seen.data["document"])):
        for score in seen.data["scores"]:
            key = seen.data["task"], score["metric"], score["filter"]
            column = columns.setdefault(key, _Column(*key, score["aggregation"], score.get("whole")))
            column.values.append(score["value"])
    return list(columns.values())


def _parts(own: Sequence[_Column], groups: Sequence[Group], scale: float) -> Iterator[tuple[str, Estimate]]:
    """(part, its estimate) of one metric; the whole, an empty part, first."""
    scopes: dict[str, Mapping[str, Estimate]] = {}
    filters = list(dict.fromkeys(column.filter for column in own))
    for group in groups:
        members = [column for column in own if column.task in group.tasks]
        if members:
            scope = "" if group is groups[0] else group.name
            scopes[scope] = {name: _of_group(group, members, name, scale) for name in filters}
    for task in dict.fromkeys(column.task for column in own):
        scope = task if groups else ""
        scopes[scope] = {column.filter: column.estimate(scale) for column in own if column.task == task}
    for scope, by_filter in scopes.items():
        yield scope, next(iter(by_filter.values()))
        if len(by_filter) > 1:
            for name, estimated in by_filter.items():
                yield f"{scope}/{name}" if scope else name, estimated


def _of_group(group: Group, members: Sequence[_Column], filtered: str, scale: float) -> Estimate:
    """The mean over the group's tasks, as the group wants it."""
    rule = _rule(group, members[0].metric, filtered)
    if rule is None:
        return Estimate.not_measured(f"the group {group.name} averages no {members[0].metric}; its tasks have it")
    values, errors, sizes = [], [], []
    for member in members:
        if member.filter == filtered and member.value is not None:
            values.append(member.value)
            errors.append(member.stderr)
            sizes.append(len(member.values))
    if not values:
        return Estimate.not_measured("no task of the group has a number")
    value = float(aggregate_subtask_metrics(values, sizes, rule.weight_by_size))
    known = [error for error in errors if error is not None]
    if len(known) < len(values):
        return Estimate.measured(scale * value, None, n=sum(sizes), method="a task has no standard error, no interval")
    pooled = pooled_sample_stderr(known, sizes) if rule.weight_by_size else unweighted_mean_stderr(known)
    method = "lm-eval pooled standard error"
    return _around(members[0].metric, value, float(pooled), scale, n=sum(sizes), method=method)


def _rule(group: Group, metric: str, filtered: str) -> GroupMetric | None:
    for rule in group.metrics:
        if rule.metric == metric and (rule.filters is None or filtered in rule.filters):
            return rule
    return None


def _around(metric: str, value: float, stderr: float, scale: float, *, n: int, method: str) -> Estimate:
    """A number with a standard error, and an interval that stays within the bounds of its metric."""
    ends = score_interval(scale * value, scale * stderr, REPORTED[metric].metric.bounds, n=n)
    if ends is None:
        return Estimate.measured(scale * value, None, n=n, method="all values agree, no interval")
    return Estimate.measured(scale * value, ends, n=n, method=f"{method}, within the bounds of the metric 95 %")
