"""What is known of one subject: the value of a term, or of the whole score, among its results."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import scipy

from leaderboard.axes.metric import Axis
from leaderboard.errors import NotMeasurableError
from leaderboard.gate.rules import Score
from leaderboard.ranking.measured import fullest
from leaderboard.ranking.normalise import Anchors, Utility, task_anchors
from leaderboard.ranking.terms import Term, value_of
from leaderboard.stats.contrast import Contrast, Exact, Independent
from leaderboard.stats.estimate import Estimate, Status
from leaderboard.stats.intervals import CONFIDENCE
from leaderboard.store.results import SubjectResults

EXACT = "exact"
"""How the methods of numbers begin that are counts, and have no interval because they need none."""


def estimate_of(quantity: Term | Score, subject: SubjectResults) -> Estimate:
    """The value of a term or of the score; *not measured*, with the reason, where nothing was.

    Raises:
        RequestError: for a metric that several tasks report, when the term names none of them.
    """
    rows = list(_rows(subject))
    anchors = task_anchors({each.task.name: each.task.definition for each in subject.evaluations})
    if not isinstance(quantity, Term):
        return _score(quantity, rows, anchors)
    found = value_of(quantity, rows, anchors)
    method = next((row["method"] for row in fullest(row for row in rows if _is_of(row, quantity))), found.method)
    return replace(found, method=method)


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

    Axes are measured on examples of their own, so that they err independently; within an axis the interval takes all
    metrics at their worst, or at their best, at once.
    """
    from leaderboard.ranking.weighted import axis_utilities, counting  # noqa: PLC0415 - slow to import

    weights = {axis: weight for axis, weight in score.weights.items() if weight > 0}
    utilities: Mapping[Axis, Utility] = axis_utilities(rows, anchors)
    missing = [axis.value for axis in weights if axis not in utilities]
    if missing:
        return Estimate.not_measured(f"no headline metric of {', '.join(missing)} is known; weigh it 0 to leave it out")
    total = math.fsum(weights.values())
    shares = {axis: weight / total for axis, weight in weights.items()}
    value = math.fsum(share * utilities[axis].value for axis, share in shares.items())
    below = math.hypot(*(share * (utilities[axis].value - utilities[axis].low) for axis, share in shares.items()))
    above = math.hypot(*(share * (utilities[axis].high - utilities[axis].value) for axis, share in shares.items()))
    n = min(
        int(row["n"]) for row in counting(rows) if row["status"] == Status.MEASURED and Axis(row["axis"]) in weights
    )
    return Estimate.measured(value, (value - below, value + above), n=n, method="variance recovery over axes")
