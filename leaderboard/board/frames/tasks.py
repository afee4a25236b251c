"""Frames of the page Tasks and metrics: what every number means."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from sqlalchemy import func, select

from leaderboard.axes.catalogue import METRICS
from leaderboard.axes.metric import Axis, Better, Metric, Scale
from leaderboard.data.portions import Portion
from leaderboard.store.records import TaskRecord
from leaderboard.store.repository import Store
from leaderboard.store.results import record_of
from leaderboard.store.subjects import subject_labels
from leaderboard.store.tables import EstimateRow, Evaluation, Subject, Task

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
    """One row a metric of the catalogue.

    Args:
        axes: only theirs, where some are named.
        words: only those that have all of them in their name, summary, source or caveat.
    """
    rows = [_metric(metric) for metric in METRICS.values() if not axes or metric.axis in axes]
    wanted = words.casefold().split()
    said = ("metric", "summary", "source", "caveat")
    found = [row for row in rows if all(word in " ".join(row[key] for key in said).casefold() for word in wanted)]
    return pd.DataFrame(found, columns=list(METRIC_COLUMNS)).astype({"worst": "float64", "best": "float64"})


def tasks(store: Store) -> dict[str, TaskRecord]:
    """Every task that something was measured on, by name, axis by axis; of several of a name the one recorded last."""
    with store.reading() as session:
        found = {row.name: record_of(TaskRecord, row) for row in session.scalars(select(Task).order_by(Task.id))}
    order = list(Axis)
    return dict(sorted(found.items(), key=lambda each: (order.index(each[1].axis), each[0])))


def sources(definition: Mapping[str, Any]) -> pd.DataFrame:
    """One row a place that a portion of a task's data comes from: where, and what pins it."""
    splits = (definition.get("data") or {}).get("splits") or {}
    rows = [
        {
            "split": split,
            "from": "; ".join(f"{place}: {location[place]}" for place in _PLACES if location.get(place)),
            "path": location.get("path") or "",
            "pinned": "; ".join(f"{pin} {location[pin]}" for pin in _PINS if location.get(pin)),
        }
        for split, told in splits.items()
        for location in _locations(told)
    ]
    return pd.DataFrame(rows, columns=["split", "from", "path", "pinned"]).drop_duplicates(ignore_index=True)


def anchors(definition: Mapping[str, Any]) -> pd.DataFrame:
    """One row a metric that a task reports: its anchors there, and whether it counts."""
    own = definition.get("anchors") or {}
    rows = [
        {
            "metric": name,
            "headline": METRICS[name].headline,
            "better": direction(METRICS[name]),
            "unit": METRICS[name].unit,
            "worst": own.get(name, {}).get("worst", METRICS[name].worst),
            "best": own.get(name, {}).get("best", METRICS[name].best),
        }
        for name in definition.get("metrics") or ()
        if name in METRICS
    ]
    types = {"headline": "bool", "worst": "float64", "best": "float64"}
    return pd.DataFrame(rows, columns=["metric", "headline", "better", "unit", "worst", "best"]).astype(types)


def uses(store: Store, task: str) -> pd.DataFrame:
    """One row an evaluation on a whole task of that name, newest first."""
    counted = (
        select(EstimateRow.evaluation_id, func.max(EstimateRow.n).label("n")).group_by(EstimateRow.evaluation_id)
    ).subquery()
    query = (
        select(Evaluation, counted.c.n)
        .join(Task, Task.id == Evaluation.task_id)
        .join(Subject, Subject.id == Evaluation.subject_id)
        .outerjoin(counted, counted.c.evaluation_id == Evaluation.id)
        .where(Task.name == task, Evaluation.portion == Portion.WHOLE)
        .order_by(Evaluation.started_at.desc(), Evaluation.id.desc())
    )
    with store.reading() as session:
        labels = subject_labels(session)
        rows = [
            {
                "subject": labels[found.subject_id],
                "status": found.status.value,
                "n": n,
                "limit": found.limit,
                "seed": found.seed,
                "started_at": found.started_at,
                "duration_s": found.duration_s,
                "reason": found.reason,
            }
            for found, n in session.execute(query)
        ]
    return pd.DataFrame(rows, columns=list(USE_COLUMNS))


def direction(metric: Metric) -> str:
    """Which way is better, as a sign: up, down, or towards a value."""
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
