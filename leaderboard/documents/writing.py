"""Writing of result documents; equal results give equal bytes."""

import json
import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from enum import Enum
from typing import Any

from pydantic import ValidationError

from leaderboard.axes.metric import Metric
from leaderboard.documents.declared_metrics import declared_metrics
from leaderboard.documents.schema import SCHEMA, VERSION, Document, MetricPart, time_text
from leaderboard.errors import RequestError
from leaderboard.escapes import json_text
from leaderboard.identity import digest
from leaderboard.invalid import explain
from leaderboard.store.records import EnvironmentRecord, EstimateRecord, ModelRecord, RecipeRecord, TaskRecord
from leaderboard.store.results import EvaluationResult, SubjectResults

log = logging.getLogger(__name__)

_CONTROL_CHARACTERS = {code: None for code in (*range(32), *range(127, 160)) if chr(code) not in "\t\n\r"}


def document(results: Sequence[SubjectResults], *, observations: bool) -> dict[str, Any]:
    """Convert results to a document of the schema `documents.schema.Document`, as JSON-like data.

    Args:
        results: results of subjects, each at most once, in any order.
        observations: whether to include per-example observations, which paired comparisons need.

    Raises:
        RequestError: for results that a document cannot hold, such as a control character in a name.
    """
    subjects = sorted(results, key=lambda subject: (subject.name, subject.identity))
    evaluations = [each for subject in subjects for each in subject.evaluations]
    names = sorted({record.metric.name for each in evaluations for record in each.estimates})
    metrics = declared_metrics(evaluations)
    for name in names:
        if name not in metrics:
            log.warning("metric '%s' is declared by no installed package; its numbers are left out", name)
    content: dict[str, Any] = {
        "metrics": {name: _metric(metrics[name]) for name in names if name in metrics},
        "environments": _identified(each.environment for each in evaluations),
        "tasks": _identified(each.task for each in evaluations),
        "subjects": [_subject(subject, metrics, observations=observations) for subject in subjects],
    }
    written = {"schema": SCHEMA, "version": VERSION, "digest": content_digest(content), **content}
    try:
        Document.model_validate(written)
    except ValidationError as error:
        raise RequestError(explain(error, Document, where="the document")) from None
    return written


def content_digest(content: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a document without `schema`, `version` and `digest`: keys sorted, no white space."""
    return digest({name: value for name, value in content.items() if name not in {"schema", "version", "digest"}})


def document_text(written: Mapping[str, Any]) -> str:
    """Return a document as JSON text: indented, or on one line where it holds observations.

    Numbers are the shortest decimals that are read back exactly.
    """
    has_observations = any(
        each["observations"] is not None for subject in written["subjects"] for each in subject["evaluations"]
    )
    form: dict[str, Any] = {"separators": (",", ":")} if has_observations else {"indent": 1}
    return json_text(json.dumps(written, ensure_ascii=False, allow_nan=False, **form)) + "\n"


def _identified(records: Iterable[EnvironmentRecord | TaskRecord]) -> list[dict[str, Any]]:
    """Return each record once, sorted by name or device."""
    each = {record.identity: _plain(record) for record in records}
    return sorted(each.values(), key=lambda record: (record.get("name", record.get("device")), record["identity"]))


def _metric(metric: Metric) -> dict[str, Any]:
    return {name: value for name, value in _plain(metric).items() if name in MetricPart.model_fields}


def _plain(record: EnvironmentRecord | TaskRecord | ModelRecord | RecipeRecord | Metric) -> dict[str, Any]:
    return {name: value.value if isinstance(value, Enum) else value for name, value in asdict(record).items()}


def _subject(subject: SubjectResults, metrics: Collection[str], *, observations: bool) -> dict[str, Any]:
    ordered = sorted(subject.evaluations, key=lambda each: (each.started_at, each.evaluation))
    return {
        "identity": subject.identity,
        "name": subject.name,
        "model": _plain(subject.model),
        "recipe": _plain(subject.recipe),
        "evaluations": [_evaluation(each, metrics, observations=observations) for each in ordered],
    }


def _evaluation(evaluation: EvaluationResult, metrics: Collection[str], *, observations: bool) -> dict[str, Any]:
    by_importance = sorted(
        (each for each in evaluation.estimates if each.metric.name in metrics),
        key=lambda each: (not each.metric.headline, each.metric.name, each.part),
    )
    return {
        "identity": evaluation.evaluation,
        "task": evaluation.task.identity,
        "environment": evaluation.environment.identity,
        "seed": evaluation.seed,
        "limit": evaluation.limit,
        "status": evaluation.status.value,
        "reason": evaluation.reason.translate(_CONTROL_CHARACTERS),
        "started_at": time_text(evaluation.started_at),
        "duration_s": evaluation.duration_s,
        "arguments": dict(evaluation.arguments),
        "estimates": [_estimate(each) for each in by_importance],
        "observations": (
            [{"id": each.example_id, "data": dict(each.data)} for each in evaluation.observe()]
            if observations
            else None
        ),
        **({"notes": [note.translate(_CONTROL_CHARACTERS) for note in evaluation.notes]} if evaluation.notes else {}),
    }


def _estimate(record: EstimateRecord) -> dict[str, Any]:
    estimate = record.estimate
    return {
        "metric": record.metric.name,
        "part": record.part,
        "status": estimate.status.value,
        "value": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "n": estimate.n,
        "method": estimate.method,
        "reason": estimate.reason.translate(_CONTROL_CHARACTERS),
    }
