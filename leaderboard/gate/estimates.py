"""Estimates of one subject: the value of a term, or of the whole score, from its results."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import scipy

from leaderboard.axes.axis import Axis
from leaderboard.axes.catalogue import METRICS
from leaderboard.errors import NotMeasurableError
from leaderboard.gate.rules import Score
from leaderboard.ranking.accuracy_scaling import PROPORTIONAL
from leaderboard.ranking.estimate_selection import fullest
from leaderboard.ranking.ranked_suites import suites_of_results
from leaderboard.ranking.suites import SuiteMembership, suite_of
from leaderboard.ranking.terms import Term, value_of
from leaderboard.ranking.utility_scale import UtilityAnchors, task_anchors
from leaderboard.stats.contrast import Contrast, Exact, Independent
from leaderboard.stats.estimate import Estimate, Status
from leaderboard.stats.intervals import CONFIDENCE
from leaderboard.store.results import SubjectResults

EXACT = "exact"
"""First word of the method of an exact number, such as a count, which has no interval."""


def estimate_of(quantity: Term | Score, subject: SubjectResults) -> Estimate:
    """Return the value of a term or of the score; *not measured*, with the reason, where there is none.

    Axes and the score are computed as in the ranking: over the tasks of the subject's suite, each measured on as many
    examples as its metrics need; bias, privacy and explainability are multiplied by accuracy. A metric of one task is
    reported as it was measured.

    Raises:
        RequestError: for a metric that several tasks report, when the term names none of them.
    """
    rows = list(_rows(subject))
    anchors = task_anchors({each.task.name: each.task.definition for each in subject.evaluations})
    if isinstance(quantity, Term) and quantity.metric is not None:
        estimate = value_of(quantity, rows, anchors)
        method = next((row["method"] for row in fullest(row for row in rows if _is_of(row, quantity))), estimate.method)
        return replace(estimate, method=method)
    try:
        suite = suite_of_subject(subject)
    except NotMeasurableError as error:
        return Estimate.not_measured(str(error))
    of_suite = [row for row in rows if row["task"] in suite.tasks]
    axes = (
        [quantity.axis] if isinstance(quantity, Term) else [axis for axis, weight in quantity.weights.items() if weight]
    )
    lacking = _missing_tasks(suite, of_suite, axes)
    if lacking:
        return Estimate.not_measured(lacking)
    return value_of(quantity, of_suite, anchors) if isinstance(quantity, Term) else _score(quantity, of_suite, anchors)


def suite_of_subject(subject: SubjectResults) -> SuiteMembership:
    """Return the suite that a subject belongs to.

    Raises:
        NotMeasurableError: when its tasks belong to several suites.
    """
    definitions = {each.task.name: each.task.definition for each in subject.evaluations}
    return suite_of(subject.recipe.adapt_to, definitions, suites_of_results([subject]))


def _missing_tasks(suite: SuiteMembership, rows: list[Mapping[str, Any]], axes: Iterable[Axis]) -> str:
    """Return a sentence about the tasks of the suite that are missing on these axes; empty where none is missing."""
    measured = {(row["task"], row["metric"]) for row in rows if row["status"] == Status.MEASURED}
    on_axes = {Axis.recorded(row["axis"]) for row in rows if row["status"] == Status.MEASURED}
    reasons = {(row["task"], row["metric"]): row["reason"] for row in rows if row["reason"]}
    missing = [
        f"{pair[0]}: {reasons.get(pair, 'not measured')}"
        for pair in sorted(set(suite.required or ()) - measured)
        if METRICS[pair[1]].axis in axes and METRICS[pair[1]].axis in on_axes
    ]
    return f"a task of suite {suite.suite} is missing: {'; '.join(dict.fromkeys(missing))}" if missing else ""


def task_of(term: Term, subject: SubjectResults) -> str | None:
    """Return the task that reports a term's metric; None where the subject was measured on none."""
    return next((row["task"] for row in _rows(subject) if _is_of(row, term)), None)


def estimate_contrast(estimate: Estimate) -> Contrast:
    """Return an estimate as a contrast: normal on either side, with the width of its interval.

    Raises:
        NotMeasurableError: where the value is unknown, or has no interval and is not exact.
    """
    if estimate.value is None:
        raise NotMeasurableError(estimate.reason)
    if estimate.low is None or estimate.high is None:
        if estimate.method.startswith(EXACT):
            return Exact(value=estimate.value, n=estimate.n)
        raise NotMeasurableError(f"its uncertainty is unknown ({estimate.method})")
    z = float(scipy.stats.norm.ppf(0.5 + CONFIDENCE / 2))
    below, above = max(0.0, estimate.value - estimate.low) / z, max(0.0, estimate.high - estimate.value) / z
    return Independent(
        value=estimate.value,
        n=estimate.n,
        below=below,
        above=above,
        standard_error=(below + above) / 2,
        method=estimate.method,
    )


def _is_of(row: Mapping[str, Any], term: Term) -> bool:
    return term.metric is not None and row["metric"] == term.metric.name and term.task in ("", row["task"])


def _rows(subject: SubjectResults) -> Iterator[Mapping[str, Any]]:
    """Yield the estimates of whole tasks, with the columns of `leaderboard.store.frames.estimates_frame` in use."""
    for evaluation in subject.evaluations:
        for record in evaluation.estimates:
            estimate = record.estimate
            if not record.part:
                yield {
                    "axis": evaluation.task.axis.value,
                    "task": evaluation.task.name,
                    "task_version": evaluation.task.version,
                    "metric": record.metric.name,
                    "value": math.nan if estimate.value is None else estimate.value,
                    "low": math.nan if estimate.low is None else estimate.low,
                    "high": math.nan if estimate.high is None else estimate.high,
                    "n": estimate.n,
                    "headline": record.metric.headline,
                    "method": estimate.method,
                    "status": estimate.status.value,
                    "reason": estimate.reason,
                    "evaluated_at": evaluation.started_at,
                }


def _score(score: Score, rows: list[Mapping[str, Any]], anchors: Mapping[tuple[str, str], UtilityAnchors]) -> Estimate:
    """Compute the score; its interval follows from those of the axes by variance recovery (Zou & Donner 2008).

    Axes are measured on separate examples, so that their errors are independent: either side of the interval is the
    root of the summed squares of the score's change when one axis moves to the end of its interval. Accuracy also moves
    the axes that are multiplied by it. Within an axis the interval takes all metrics at their worst, or at their best.
    """
    from leaderboard.ranking.weighted_ranking import axis_utilities, counting  # noqa: PLC0415 - slow to import

    weights = {axis: weight for axis, weight in score.weights.items() if weight > 0}
    utilities = axis_utilities(rows, anchors)
    missing = [axis for axis in weights if axis not in utilities]
    if missing:
        reported = {row["axis"] for row in rows}
        reasons = [
            f"{axis}: {value_of(Term(axis), rows, anchors).reason}" for axis in missing if axis.value in reported
        ]
        summary = f"no headline metric was measured for {', '.join(missing)}; set the weight to 0 to leave an axis out"
        return Estimate.not_measured("\n  ".join([summary, *reasons]))
    measured = axis_utilities(rows, anchors, proportional=False)
    moved = set(weights) | ({Axis.ACCURACY} if set(weights) & set(PROPORTIONAL) else set())
    values = {axis: utility.value for axis, utility in measured.items()}
    value = _weighted_mean(values, weights)
    below = math.hypot(*(value - _weighted_mean(values | {axis: measured[axis].low}, weights) for axis in moved))
    above = math.hypot(*(_weighted_mean(values | {axis: measured[axis].high}, weights) - value for axis in moved))
    n = min(
        int(row["n"])
        for row in counting(rows)
        if row["status"] == Status.MEASURED and Axis.recorded(row["axis"]) in weights
    )
    return Estimate.measured(value, (value - below, value + above), n=n, method="variance recovery over axes")


def _weighted_mean(values: Mapping[Axis, float], weights: Mapping[Axis, float]) -> float:
    """Return the weighted mean of utilities, where bias, privacy and explainability are multiplied by accuracy."""
    shares = {axis: values[axis] * (values[Axis.ACCURACY] if axis in PROPORTIONAL else 1.0) for axis in weights}
    return math.fsum(weight * shares[axis] for axis, weight in weights.items()) / math.fsum(weights.values())
