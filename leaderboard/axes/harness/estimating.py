"""Estimation: metrics of observed documents by the rules of lm-evaluation-harness, without a model."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import numpy as np
from lm_eval.api.metrics import (
    aggregate_subtask_metrics,
    pooled_sample_stderr,
    stderr_for_metric,
    unweighted_mean_stderr,
)
from lm_eval.api.registry import AGGREGATION_REGISTRY

from leaderboard.axes.axis import Axis
from leaderboard.axes.bias.swaps import SWAPPED
from leaderboard.axes.harness.metrics import HARNESS_METRICS, PREFERENCE, HarnessMetric
from leaderboard.axes.harness.output_suppression import suppressed_output
from leaderboard.axes.harness.parameters import Group, GroupMetric
from leaderboard.axes.protocol import Measurement, Observation, attempt
from leaderboard.stats import intervals
from leaderboard.stats.bounded import bounded_mean, score_interval
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.shared_terms import proportion_of_sharing

RESAMPLES = 1000
"""Resamples of the bootstrap; lm-evaluation-harness takes 100 000, which changes the third digit of an error and
takes minutes."""
_SLOW = frozenset({"bleu", "chrf", "chrf++", "ter"})
_RESAMPLES_OF_SLOW = 100

Aggregation = Callable[[Sequence[Any]], Any]


def estimate(observations: Sequence[Observation], groups: Sequence[Group], axis: Axis) -> list[Measurement]:
    """Estimate every metric of the axis, and its parts: filters, and the tasks of a group.

    Of several filters, the first that the task lists is the value of the whole.

    Args:
        observations: observations of one task, or of all tasks of a group.
        groups: groups, the outermost first; empty for a single task.
        axis: axis of the metrics.
    """
    columns = _columns(observations)
    measurements = []
    for name, harness_metric in HARNESS_METRICS.items():
        metric_columns = [column for column in columns if column.metric == name]
        if harness_metric.metric.axis is not axis:
            continue
        if not metric_columns:
            reason = f"the task does not report {name}" if observations else "no examples"
            measurements.append(Measurement(harness_metric.metric, Estimate.not_measured(reason)))
        measurements += [
            Measurement(harness_metric.metric, estimate_of, part)
            for part, estimate_of in _parts(harness_metric, metric_columns, groups)
        ]
    return measurements


def aggregate(function: Aggregation, values: Sequence[Any]) -> float | None:
    """Aggregate values to one number; None where it is not finite."""
    try:
        number = float(function(values))
    except (TypeError, ValueError, ArithmeticError):
        return None
    return number if math.isfinite(number) else None


@dataclass
class _Column:
    """Values of one metric after one filter on all documents of one task.

    Attributes:
        aggregation: name of the aggregation; empty where it is code of the task.
        whole: aggregated number, where only that was recorded.
        terms: terms of each document that dependent documents share with it.
    """

    task: str
    metric: str
    filter: str
    aggregation: str
    whole: float | None
    values: list[Any] = field(default_factory=list)
    terms: list[Sequence[str]] = field(default_factory=list)

    @property
    def function(self) -> Aggregation | None:
        return AGGREGATION_REGISTRY.get(self.aggregation) if self.aggregation in AGGREGATION_REGISTRY else None

    @cached_property
    def value(self) -> float | None:
        return self.whole if self.function is None else aggregate(self.function, self.values)

    @cached_property
    def stderr(self) -> float | None:
        """Standard error of lm-evaluation-harness: analytic for means, else a seeded bootstrap; None for neither."""
        resamples = _RESAMPLES_OF_SLOW if self.metric in _SLOW else RESAMPLES
        stderr_function = stderr_for_metric(self.function, resamples) if self.function else None
        if stderr_function is None or len(self.values) < 2:  # noqa: PLR2004 - one value does not vary
            return None
        with suppressed_output():
            return aggregate(stderr_function, self.values)

    def estimate(self, scale: float) -> Estimate:
        """Return the number with its interval, in the unit of the catalogue."""
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
            if any(self.terms):
                return proportion_of_sharing(np.array(self.values) == 1, self.terms, scale=scale)
            return intervals.proportion(round(sum(self.values)), len(self.values), scale=scale)
        if self.aggregation == "perplexity":
            return self._exponential(scale)
        if self.aggregation == "mean" and self._bounded(scale):
            return bounded_mean([scale * value for value in self.values], HARNESS_METRICS[self.metric].metric.bounds)
        if self.stderr is None:
            return self._bootstrapped(function, scale)
        return _with_stderr(self.metric, value, self.stderr, scale, n=len(self.values), method="lm-eval standard error")

    def _bounded(self, scale: float) -> bool:
        """Return whether each document's score lies between finite bounds of the metric."""
        low, high = HARNESS_METRICS[self.metric].metric.bounds
        return math.isfinite(low + high) and all(low <= scale * value <= high for value in self.values)

    def _exponential(self, scale: float) -> Estimate:
        """Estimate the exponential of a mean, by the interval of the mean: its own could reach below zero."""
        negative = intervals.mean([-value for value in self.values])
        ends = [number for number in (negative.value, negative.low, negative.high) if number is not None]
        value, low, high = (scale * math.exp(min(end, 700.0)) for end in ends)  # beyond, floats end
        return Estimate.measured(value, (low, high), n=negative.n, method="Student t 95 % of the logarithm")

    def _bootstrapped(self, function: Aggregation, scale: float) -> Estimate:
        """Estimate by bootstrap what lm-evaluation-harness has no standard error of."""

        def statistic(rows: Any) -> float:
            number = aggregate(function, [self.values[row] for row in rows])
            return math.nan if number is None else scale * number

        return intervals.bootstrap(statistic, np.arange(len(self.values)))


def _columns(observations: Sequence[Observation]) -> list[_Column]:
    """Return columns by task, metric and filter; documents are sorted, since a bootstrap depends on their order."""
    columns: dict[tuple[str, str, str], _Column] = {}
    for observation in sorted(
        observations, key=lambda observation: (observation.data["task"], observation.data["document"])
    ):
        for score in observation.data["scores"]:
            key = observation.data["task"], score["metric"], score["filter"]
            column = columns.setdefault(key, _Column(*key, score["aggregation"], score.get("whole")))
            column.values.append(score["value"])
            column.terms.append(observation.data.get(SWAPPED, ()) if score["metric"] == PREFERENCE else ())
    return list(columns.values())


def _parts(
    harness_metric: HarnessMetric, columns: Sequence[_Column], groups: Sequence[Group]
) -> Iterator[tuple[str, Estimate]]:
    """Yield part and estimate of one metric; the whole, with an empty part, first."""
    scopes: dict[str, Mapping[str, Estimate]] = {}
    filters = list(dict.fromkeys(column.filter for column in columns))
    for group in groups:
        members = [column for column in columns if column.task in group.tasks]
        if members:
            scope = "" if group is groups[0] else group.name
            scopes[scope] = {
                name: _attempt(harness_metric, partial(_group_estimate, group, members, name)) for name in filters
            }
    for task in dict.fromkeys(column.task for column in columns):
        scope = task if groups else ""
        scopes[scope] = {
            column.filter: _attempt(harness_metric, column.estimate) for column in columns if column.task == task
        }
    for scope, by_filter in scopes.items():
        yield scope, next(iter(by_filter.values()))
        if len(by_filter) > 1:
            for name, estimate_of in by_filter.items():
                yield f"{scope}/{name}" if scope else name, estimate_of


def _attempt(harness_metric: HarnessMetric, estimate_of: Callable[[float], Estimate]) -> Estimate:
    """Return an estimate in the unit of the catalogue, or the reason why it is not measured."""
    return attempt(harness_metric.metric, partial(estimate_of, harness_metric.scale)).estimate


def _group_estimate(group: Group, members: Sequence[_Column], filter_name: str, scale: float) -> Estimate:
    """Estimate the mean over the group's tasks by the rule of the group."""
    rule = _rule(group, members[0].metric, filter_name)
    if rule is None:
        return Estimate.not_measured(f"the group {group.name} averages no {members[0].metric}; its tasks have it")
    values, errors, sizes = [], [], []
    for member in members:
        if member.filter == filter_name and member.value is not None:
            values.append(member.value)
            errors.append(member.stderr)
            sizes.append(len(member.values))
    if not values:
        return Estimate.not_measured("no task of the group has a number")
    value = float(aggregate_subtask_metrics(values, sizes, rule.weight_by_size))
    known_errors = [error for error in errors if error is not None]
    if len(known_errors) < len(values):
        return Estimate.measured(scale * value, None, n=sum(sizes), method="a task has no standard error, no interval")
    pooled = pooled_sample_stderr(known_errors, sizes) if rule.weight_by_size else unweighted_mean_stderr(known_errors)
    method = "lm-eval pooled standard error"
    return _with_stderr(members[0].metric, value, float(pooled), scale, n=sum(sizes), method=method)


def _rule(group: Group, metric: str, filter_name: str) -> GroupMetric | None:
    for rule in group.metrics:
        if rule.metric == metric and (rule.filters is None or filter_name in rule.filters):
            return rule
    return None


def _with_stderr(metric: str, value: float, stderr: float, scale: float, *, n: int, method: str) -> Estimate:
    """Return a number with an interval by its standard error, within the bounds of its metric."""
    ends = score_interval(scale * value, scale * stderr, HARNESS_METRICS[metric].metric.bounds, n=n)
    if ends is None:
        return Estimate.measured(scale * value, None, n=n, method="all values agree, no interval")
    return Estimate.measured(scale * value, ends, n=n, method=f"{method}, within the bounds of the metric 95 %")
