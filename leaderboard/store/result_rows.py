"""Rows of results that are not in a store: the columns of `store.frames.estimates_frame`."""

from typing import Any

from leaderboard.store.frames import NOTE_SEPARATOR, PART, environment_label
from leaderboard.store.records import EstimateRecord
from leaderboard.store.results import EvaluationResult, SubjectResults


def result_row(subject: SubjectResults, evaluation: EvaluationResult, record: EstimateRecord) -> dict[str, Any]:
    """Return one estimate with the columns `store.frames.RESULT_COLUMNS`; unknown values are None."""
    metric, task, environment, estimate = record.metric, evaluation.task, evaluation.environment, record.estimate
    return {
        "subject": subject.label,
        "model": subject.model.name,
        "recipe": subject.recipe.name,
        "axis": task.axis.value,
        "task": task.name,
        "metric": f"{metric.name}{PART}{record.part}" if record.part else metric.name,
        "value": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "n": estimate.n,
        "unit": metric.unit,
        "better": metric.better.value,
        "headline": metric.headline and not record.part,
        "status": estimate.status.value,
        "reason": estimate.reason,
        "environment": environment_label(environment.device, environment.threads, environment.dtype),
        "evaluated_at": evaluation.started_at,
        "task_version": task.version,
        "notes": NOTE_SEPARATOR.join(evaluation.notes),
        "imported_from": evaluation.imported_from,
    }
