"""What is known of one subject: the value of a term, or of the whole score, among its results."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import scipy

from leaderboard.axes.catalogue import METRICS
from leaderboard.axes.metric import Axis
from leaderboard.errors import NotMeasurableError
from leaderboard.gate.rules import Score
from leaderboard.ranking.capability import PROPORTIONAL
from leaderboard.ranking.measured import fullest
from leaderboard.ranking.normalise import Anchors, task_anchors
from leaderboard.ranking.suites import Asked, suite_of
from leaderboard.ranking.terms import Term, value_of
from leaderboard.stats.contrast import Contrast, Exact, Independent
from leaderboard.stats.estimate import Estimate, Status
from leaderboard.stats.intervals import CONFIDENCE
from leaderboard.store.results import SubjectResults

EXACT = "exact"
"""How the methods of numbers begin that are counts, and have no interval because they need none."""


def estimate_of(quantity: Term | Score, subject: SubjectResults) -> Estimate:
    """The value of a term or of the score; *not measured*, with the reason, where nothing was.

    Axes and the score are those of the ranking: of the tasks of the subject's suite, all of them measured on as many
    examples as their metrics need, bias, privacy and explainability in proportion to accuracy. A metric of one task is
    as it was measured.

    Raises:
        RequestError: for a metric that several tasks report, when the term names none of them.
    """
    rows = list(_rows(subject))
    anchors = task_anchors({each.task.name: each.task.definition for each in subject.evaluations})
    if isinstance(quantity, Term) and quantity.metric is not None:
        found = value_of(quantity, rows, anchors)
        method = next((row["method"] for row in fullest(row for row in rows if _is_of(row, quantity))), found.method)
        return replace(found, method=method)
    try:
        suite = suite_of_subject(subject)
    except NotMeasurableError as error:
        return Estimate.not_measured(str(error))
    of_suite = [row for row in rows if row["task"] in suite.tasks]
    axes = (
        [quantity.axis] if isinstance(quantity, Term) else [axis for axis, weight in quantity.weights.items() if weight]
    )
    lacking = _lacking(suite, of_suite, axes)
    if lacking:
        return Estimate.not_measured(lacking)
    return value_of(quantity, of_suite, anchors) if isinstance(quantity, Term) else _score(quantity, of_suite, anchors)


def suite_of_subject(subject: SubjectResults) -> Asked:
    """The suite that a subject belongs to.

    Raises:
        NotMeasurableError: when its tasks are of several.
    """
    return suite_of(subject.recipe.adapt_to, {each.task.name: each.task.definition for each in subject.evaluations})


def _lacking(suite: Asked, rows: list[Mapping[str, Any]], axes: Iterable[Axis]) -> str:
    """Which tasks of the suite a subject lacks on some axes, and why; empty where it has all, or the axis is empty."""
    measured = {(row["task"], row["metric"]) for row in rows if row["status"] == Status.MEASURED}
    on_axes = {Axis(row["axis"]) for row in rows if row["status"] == Status.MEASURED}
    told = {(row["task"], row["metric"]): row["reason"] for row in rows if row["reason"]}
    missing = [
        f"{pair[0]}: {told.get(pair, 'not measured')}"
        for pair in sorted(set(suite.required or ()) - measured)
        if METRICS[pair[1]].axis in axes and METRICS[pair[1]].axis in on_axes
    ]
    return f"a task of suite {suite.suite} is missing: {'; '.join(dict.fromkeys(missing))}" if missing else ""


def task_of(term: Term, subject: SubjectResults) -> str | None:
    """The task that a term's metric is of; None where the subject was measured on none."""
    return next((row["task"] for row in _rows(subject) if _is_of(row, term)), None)


def alone(estimate: Estimate) -> Contrast:
    """What an estimate says on either side: normal there, as wide as its interval is.

    Raises:
        NotMeasurableError: where it is unknown, or has no interval and is not exact either.
    """
    if estimate.value is None:
        raise NotMeasurableError(estimate.reason)
    if estimate.low is None or estimate.high is None:
        if estimate.method.startswith(EXACT):
            return Exact(value=estimate.value, n=estimate.n)
        raise NotMeasurableError(f"how sure it is, is not known ({estimate.method})")
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
    """Estimates of whole tasks, with the columns of `leaderboard.store.frames.estimates_frame` that count."""
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


def _score(score: Score, rows: list[Mapping[str, Any]], anchors: Mapping[tuple[str, str], Anchors]) -> Estimate:
    """The score, its interval put together from those of the axes by variance recovery (Zou & Donner 2008).

    Axes are measured on examples of their own, so that they err independently: either side of the interval is the root
    of the summed squares of how far each axis at its end moves the score, accuracy also through the axes that count in
    proportion to it. Within an axis the interval takes all metrics at their worst, or at their best, at once.
    """
    from leaderboard.ranking.weighted import axis_utilities, counting  # noqa: PLC0415 - slow to import

    weights = {axis: weight for axis, weight in score.weights.items() if weight > 0}
    known = axis_utilities(rows, anchors)
    missing = [axis for axis in weights if axis not in known]
    if missing:
        asked = {row["axis"] for row in rows}
        whys = [f"{axis}: {value_of(Term(axis), rows, anchors).reason}" for axis in missing if axis.value in asked]
        told = f"no headline metric of {', '.join(missing)} is known; weigh it 0 to leave it out"
        return Estimate.not_measured("\n  ".join([told, *whys]))
    measured = axis_utilities(rows, anchors, proportional=False)
    moved = set(weights) | ({Axis.ACCURACY} if set(weights) & set(PROPORTIONAL) else set())
    values = {axis: utility.value for axis, utility in measured.items()}
    value = _weighed(values, weights)
    below = math.hypot(*(value - _weighed(values | {axis: measured[axis].low}, weights) for axis in moved))
    above = math.hypot(*(_weighed(values | {axis: measured[axis].high}, weights) - value for axis in moved))
    n = min(
        int(row["n"]) for row in counting(rows) if row["status"] == Status.MEASURED and Axis(row["axis"]) in weights
    )
    return Estimate.measured(value, (value - below, value + above), n=n, method="variance recovery over axes")


def _weighed(values: Mapping[Axis, float], weights: Mapping[Axis, float]) -> float:
    """The weighted mean of utilities, those in proportion to accuracy multiplied by it."""
    shares = {axis: values[axis] * (values[Axis.ACCURACY] if axis in PROPORTIONAL else 1.0) for axis in weights}
    return math.fsum(weight * shares[axis] for axis, weight in weights.items()) / math.fsum(weights.values())
