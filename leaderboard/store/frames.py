"""Frames out of the store: what the board, the reports and the gate look at. SQL does the filtering."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, RowMapping, Select, case, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from leaderboard.axes.metric import Axis
from leaderboard.data.portions import Portion
from leaderboard.errors import unknown_name
from leaderboard.store.repository import Store
from leaderboard.store.subjects import subject_labels
from leaderboard.store.tables import Environment, EstimateRow, Evaluation, Model, Recipe, Subject, Task

PART = ":"
"""Between the name of a metric and that of the part it is of."""
RESULT_COLUMNS = (
    "subject",
    "model",
    "recipe",
    "axis",
    "task",
    "metric",
    "value",
    "low",
    "high",
    "n",
    "unit",
    "better",
    "headline",
    "status",
    "reason",
    "environment",
    "evaluated_at",
)
_PORTION = "portion"
_TYPES = {
    **dict.fromkeys(RESULT_COLUMNS, "str"),
    **dict.fromkeys(("value", "low", "high"), "float64"),
    "n": "int64",
    "headline": "bool",
    "evaluated_at": "datetime64[us, UTC]",
    _PORTION: "str",
}


def estimates_frame(
    store: Store,
    *,
    models: Sequence[str] = (),
    axes: Sequence[Axis] = (),
    tasks: Sequence[str] = (),
    metrics: Sequence[str] = (),
    evaluations: Sequence[str] | None = None,
    subjects: Sequence[str] | None = None,
    portions: Sequence[Portion] = (Portion.WHOLE,),
) -> pd.DataFrame:
    """One row an estimate, ordered by subject, axis, task and time, headline metrics first.

    A part of a task stands behind the metric's name (`ood_accuracy:amazon`). A value that is not known is missing
    (NaN, since the columns are floats); a 95 % interval that is not known too.

    Args:
        store: where from.
        models: only these, by name or by the reference that was asked for.
        axes: only these.
        tasks: only these, by name.
        metrics: only these, by name; a metric comes with its parts.
        evaluations: only these, by identity.
        subjects: only these, by identity.
        portions: only what was measured on these: whole tasks, unless a search is looked into.

    Returns:
        The columns `RESULT_COLUMNS`, in that order, and `portion` behind them where several were asked for; no rows
        when nothing was recorded.

    Raises:
        RequestError: for a model, task or metric that nothing was recorded of, with the nearest that something was.
    """
    with store.reading() as session:
        filters: list[ColumnElement[bool]] = [Evaluation.portion.in_(portions)]
        _check_known(session, filters, models=models, tasks=tasks, metrics=metrics)
        if models:
            filters.append(or_(Model.name.in_(models), Model.source.in_(models)))
        if axes:
            filters.append(Task.axis.in_(axes))
        if tasks:
            filters.append(Task.name.in_(tasks))
        if metrics:
            filters.append(EstimateRow.metric.in_(metrics))
        if evaluations is not None:
            filters.append(Evaluation.identity.in_(evaluations))
        if subjects is not None:
            filters.append(Subject.identity.in_(subjects))
        labels = subject_labels(session)
        rows = [_row(found, labels) for found in session.execute(_query(filters)).mappings()]
    return _typed(rows, RESULT_COLUMNS if len(set(portions)) == 1 else (*RESULT_COLUMNS, _PORTION))


def no_estimates() -> pd.DataFrame:
    """The frame of a store that holds nothing: the columns of `estimates_frame`, no rows."""
    return _typed([], RESULT_COLUMNS)


def task_definitions(store: Store) -> dict[str, Mapping[str, Any]]:
    """Each task's file as JSON, by name; of several that had the name, the one recorded last."""
    with store.reading() as session:
        rows = session.execute(select(Task.name, Task.definition).order_by(Task.id)).all()
        return {row.name: row.definition for row in rows}


def _typed(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(columns)).astype({name: _TYPES[name] for name in columns})


def _query(filters: Iterable[ColumnElement[bool]]) -> Select[*tuple[Any, ...]]:
    in_catalogue_order = case({axis: place for place, axis in enumerate(Axis)}, value=Task.axis)
    return (
        _joined(
            Evaluation.subject_id,
            Model.name.label("model"),
            Recipe.name.label("recipe"),
            Task.axis,
            Task.name.label("task"),
            EstimateRow.metric,
            EstimateRow.part,
            EstimateRow.value,
            EstimateRow.low,
            EstimateRow.high,
            EstimateRow.n,
            EstimateRow.unit,
            EstimateRow.better,
            EstimateRow.headline,
            EstimateRow.status,
            EstimateRow.reason,
            Environment.device,
            Environment.threads,
            Environment.dtype,
            Evaluation.started_at,
            Evaluation.portion,
        )
        .where(*filters)
        .order_by(
            Subject.name,
            Subject.identity,
            in_catalogue_order,
            Task.name,
            Evaluation.started_at,
            Evaluation.id,
            EstimateRow.headline.desc(),
            EstimateRow.metric,
            EstimateRow.part,
        )
    )


def _joined(*columns: Any) -> Select[*tuple[Any, ...]]:
    return (
        select(*columns)
        .select_from(EstimateRow)
        .join(Evaluation, Evaluation.id == EstimateRow.evaluation_id)
        .join(Subject, Subject.id == Evaluation.subject_id)
        .join(Model, Model.id == Subject.model_id)
        .join(Recipe, Recipe.id == Subject.recipe_id)
        .join(Task, Task.id == Evaluation.task_id)
        .join(Environment, Environment.id == Evaluation.environment_id)
    )


def _row(found: RowMapping, labels: Mapping[int, str]) -> dict[str, Any]:
    threads = found["threads"]
    return {
        **found,
        "subject": labels[found["subject_id"]],
        "axis": found["axis"].value,
        "metric": f"{found['metric']}{PART}{found['part']}" if found["part"] else found["metric"],
        "better": found["better"].value,
        "status": found["status"].value,
        "environment": f"{found['device']} · {threads} thread{'s' if threads > 1 else ''} · {found['dtype']}",
        "evaluated_at": found["started_at"],
        _PORTION: found["portion"].value,
    }


def _check_known(
    session: Session,
    recorded: Sequence[ColumnElement[bool]],
    *,
    models: Sequence[str],
    tasks: Sequence[str],
    metrics: Sequence[str],
) -> None:
    """Refuse a filter that nothing recorded matches: an empty answer would look like "nothing was measured"."""
    known: list[tuple[str, Sequence[str], tuple[InstrumentedAttribute[str], ...]]] = [
        ("model", models, (Model.name, Model.source)),
        ("task", tasks, (Task.name,)),
        ("metric", metrics, (EstimateRow.metric,)),
    ]
    for kind, asked, columns in known:
        if not asked:
            continue
        names = {
            name for column in columns for name in session.scalars(_joined(column).where(*recorded).distinct()).all()
        }
        for name in asked:
            if name not in names:
                raise unknown_name(kind, name, names, where=f"--{kind}", see="leaderboard results")
