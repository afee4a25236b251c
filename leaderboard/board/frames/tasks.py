"""Frames of the page Tasks and metrics: what every number means."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from sqlalchemy import func, select

from leaderboard.axes.axis import Axis
from leaderboard.axes.catalogue import METRICS, on_task
from leaderboard.axes.metric import Better, Metric, Scale
from leaderboard.data.portions import Portion
from leaderboard.store.records import TaskRecord
from leaderboard.store.repository import Store
from leaderboard.store.results import record_of
from leaderboard.store.subjects import subject_labels
from leaderboard.store.tables import EstimateRow, EvaluationRow, SubjectRow, TaskRow

METRIC_COLUMNS = (
    "metric",
    "axis",
    "headline",
    "summary",
    "unit",
    "better",
    "worst",
    "best",
    "scale",
    "minimum_n",
    "source",
    "caveat",
)
USE_COLUMNS = ("subject", "status", "n", "limit", "seed", "started_at", "duration_s", "reason")
_PINS = ("revision", "commit", "sha256", "archive_sha256", "pypi")
_PLACES = ("hub", "github", "pypi", "package", "file")


def metrics(axes: Sequence[Axis] = (), words: str = "") -> pd.DataFrame:
    """Return one row for each metric of the catalogue.

    Args:
        axes: axes of the metrics; empty for all.
        words: words that name, summary, source or caveat contain.
    """
    rows = [_metric(metric) for metric in METRICS.values() if not axes or metric.axis in axes]
    patterns = words.casefold().split()
    searched = ("metric", "summary", "source", "caveat")
    matching = [
        row for row in rows if all(word in " ".join(row[key] for key in searched).casefold() for word in patterns)
    ]
    return pd.DataFrame(matching, columns=list(METRIC_COLUMNS)).astype({"worst": "float64", "best": "float64"})


def tasks(store: Store) -> dict[str, TaskRecord]:
    """Return every measured task by name, sorted by axis; of several with one name the last recorded."""
    with store.reading() as session:
        records = {
            row.name: record_of(TaskRecord, row) for row in session.scalars(select(TaskRow).order_by(TaskRow.id))
        }
    return dict(sorted(records.items(), key=lambda each: (each[1].axis.place, each[1].axis, each[0])))


def sources(definition: Mapping[str, Any]) -> pd.DataFrame:
    """Return one row for each source of a task's data, with its checksum or revision."""
    splits = (definition.get("data") or {}).get("splits") or {}
    rows = [
        {
            "split": split,
            "from": "; ".join(f"{place}: {location[place]}" for place in _PLACES if location.get(place)),
            "path": location.get("path") or "",
            "pinned": "; ".join(f"{pin} {location[pin]}" for pin in _PINS if location.get(pin)),
        }
        for split, specification in splits.items()
        for location in _locations(specification)
    ]
    return pd.DataFrame(rows, columns=["split", "from", "path", "pinned"]).drop_duplicates(ignore_index=True)


def anchors(definition: Mapping[str, Any]) -> pd.DataFrame:
    """Return one row for each metric that a task reports: its anchors there, and whether it counts."""
    own_anchors = definition.get("anchors") or {}
    rows = [
        {
            "metric": name,
            "headline": on_task(METRICS[name], definition).headline,
            "better": direction(METRICS[name]),
            "unit": METRICS[name].unit,
            "worst": own_anchors.get(name, {}).get("worst", METRICS[name].worst),
            "best": own_anchors.get(name, {}).get("best", METRICS[name].best),
        }
        for name in definition.get("metrics") or ()
        if name in METRICS
    ]
    types = {"headline": "bool", "worst": "float64", "best": "float64"}
    return pd.DataFrame(rows, columns=["metric", "headline", "better", "unit", "worst", "best"]).astype(types)


def uses(store: Store, task: str) -> pd.DataFrame:
    """Return one row for each evaluation on a whole task of that name, newest first."""
    counted = (
        select(EstimateRow.evaluation_id, func.max(EstimateRow.n).label("n")).group_by(EstimateRow.evaluation_id)
    ).subquery()
    query = (
        select(EvaluationRow, counted.c.n)
        .join(TaskRow, TaskRow.id == EvaluationRow.task_id)
        .join(SubjectRow, SubjectRow.id == EvaluationRow.subject_id)
        .outerjoin(counted, counted.c.evaluation_id == EvaluationRow.id)
        .where(TaskRow.name == task, EvaluationRow.portion == Portion.WHOLE)
        .order_by(EvaluationRow.started_at.desc(), EvaluationRow.id.desc())
    )
    with store.reading() as session:
        labels = subject_labels(session)
        rows = [
            {
                "subject": labels[evaluation.subject_id],
                "status": evaluation.status.value,
                "n": n,
                "limit": evaluation.limit,
                "seed": evaluation.seed,
                "started_at": evaluation.started_at,
                "duration_s": evaluation.duration_s,
                "reason": evaluation.reason,
            }
            for evaluation, n in session.execute(query)
        ]
    return pd.DataFrame(rows, columns=list(USE_COLUMNS))


def direction(metric: Metric) -> str:
    """Return the direction in which a metric is better: up, down, or towards a value."""
    if metric.better is Better.TARGET:
        return f"→ {metric.target:g}"
    return "↑" if metric.better is Better.HIGHER else "↓"


def _metric(metric: Metric) -> dict[str, Any]:
    return {
        "metric": metric.name,
        "axis": metric.axis.value,
        "headline": metric.headline,
        "summary": metric.summary,
        "unit": metric.unit,
        "better": direction(metric),
        "worst": metric.worst,
        "best": metric.best if metric.target is None else metric.target,
        "scale": "log" if metric.scale is Scale.LOG else "linear",
        "minimum_n": metric.minimum_n,
        "source": metric.source,
        "caveat": metric.caveat,
    }


def _locations(split: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    source = split.get("source") or {}
    shared = {pin: source[pin] for pin in _PINS if source.get(pin)}
    return [{**shared, **location} for location in source.get("locations") or [source]]
