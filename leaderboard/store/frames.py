"""Frames out of the store: what the board, the reports and the gate look at. SQL does the filtering."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import ColumnElement, Select, String, case, or_, select, type_coerce
from sqlalchemy.orm import InstrumentedAttribute, Session

from leaderboard.axes.metric import Axis
from leaderboard.data.portions import Portion
from leaderboard.errors import unknown_name
from leaderboard.store.columnar import read_columns
from leaderboard.store.repository import Store
from leaderboard.store.subjects import subject_labels
from leaderboard.store.tables import Environment, EstimateRow, Evaluation, Model, Recipe, Subject, Task

PART = ":"
"""Between the name of a metric and that of the part it is of."""
_OF_EVALUATION = {
    "subject": "str",
    "model": "str",
    "recipe": "str",
    "axis": "str",
    "task": "str",
    "environment": "str",
    "evaluated_at": "datetime64[us, UTC]",
    "task_version": "int64",
    "portion": "str",
}
_OF_ESTIMATE = {
    "metric": "str",
    "value": "float64",
    "low": "float64",
    "high": "float64",
    "n": "int64",
    "unit": "str",
    "better": "str",
    "headline": "bool",
    "status": "str",
    "reason": "str",
}
_PORTION = "portion"
_TYPES = {
    **{name: _OF_EVALUATION[name] for name in ("subject", "model", "recipe", "axis", "task")},
    **_OF_ESTIMATE,
    **{name: _OF_EVALUATION[name] for name in ("environment", "evaluated_at", "task_version", _PORTION)},
}
RESULT_COLUMNS = tuple(name for name in _TYPES if name != _PORTION)


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
    headline: bool = False,
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
        headline: only the metrics that count in a ranking, which are few of all.

    Returns:
        The columns `RESULT_COLUMNS`, in that order, and `portion` behind them where several were asked for; no rows
        when nothing was recorded.

    Raises:
        RequestError: for a model, task or metric that nothing was recorded of, with the nearest that something was.
    """
    with store.reading() as session:
        of_evaluations: list[ColumnElement[bool]] = [Evaluation.portion.in_(portions)]
        _check_known(session, of_evaluations, models=models, tasks=tasks, metrics=metrics)
        if models:
            of_evaluations.append(or_(Model.name.in_(models), Model.source.in_(models)))
        if axes:
            of_evaluations.append(Task.axis.in_(axes))
        if tasks:
            of_evaluations.append(Task.name.in_(tasks))
        if evaluations is not None:
            of_evaluations.append(Evaluation.identity.in_(evaluations))
        if subjects is not None:
            of_evaluations.append(Subject.identity.in_(subjects))
        of_estimates = [EstimateRow.metric.in_(metrics)] if metrics else []
        if headline:
            of_estimates.append(EstimateRow.headline.is_(True))
        numbers = _numbers(session, of_evaluations, of_estimates)
        evaluated = _evaluated(session, of_evaluations)
    columns = RESULT_COLUMNS if len(set(portions)) == 1 else (*RESULT_COLUMNS, _PORTION)
    return _in_order(evaluated, numbers)[list(columns)]


def no_estimates() -> pd.DataFrame:
    """The frame of a store that holds nothing: the columns of `estimates_frame`, no rows."""
    return pd.DataFrame({name: pd.Series((), dtype=_TYPES[name]) for name in RESULT_COLUMNS})


def task_definitions(store: Store) -> dict[str, Mapping[str, Any]]:
    """Each task's file as JSON, by name; of several that had the name, the one recorded last."""
    with store.reading() as session:
        rows = session.execute(select(Task.name, Task.definition).order_by(Task.id)).all()
        return {row.name: row.definition for row in rows}


def _numbers(
    session: Session, of_evaluations: Iterable[ColumnElement[bool]], of_estimates: Iterable[ColumnElement[bool]]
) -> pd.DataFrame:
    """The estimates, in any order, with the row id of their evaluation and their part; enums stay texts."""
    chosen = (
        select(Evaluation.id)
        .join(Subject, Subject.id == Evaluation.subject_id)
        .join(Model, Model.id == Subject.model_id)
        .join(Task, Task.id == Evaluation.task_id)
        .where(*of_evaluations)
    )
    query = select(
        EstimateRow.evaluation_id,
        EstimateRow.part,
        EstimateRow.metric,
        EstimateRow.value,
        EstimateRow.low,
        EstimateRow.high,
        EstimateRow.n,
        EstimateRow.unit,
        type_coerce(EstimateRow.better, String),
        EstimateRow.headline,
        type_coerce(EstimateRow.status, String),
        EstimateRow.reason,
    ).where(EstimateRow.evaluation_id.in_(chosen), *of_estimates)
    return read_columns(session, query, {"evaluation_id": "int64", "part": "str", **_OF_ESTIMATE})


def _evaluated(session: Session, filters: Iterable[ColumnElement[bool]]) -> pd.DataFrame:
    """What the estimates of one evaluation share, by its row id, in the order of the frame."""
    in_catalogue_order = case({axis: place for place, axis in enumerate(Axis)}, value=Task.axis)
    query = (
        select(
            Evaluation.id,
            Evaluation.subject_id,
            Model.name,
            Recipe.name,
            type_coerce(Task.axis, String),
            Task.name,
            Evaluation.environment_id,
            Evaluation.started_at,
            Task.version,
            type_coerce(Evaluation.portion, String),
        )
        .join(Subject, Subject.id == Evaluation.subject_id)
        .join(Model, Model.id == Subject.model_id)
        .join(Recipe, Recipe.id == Subject.recipe_id)
        .join(Task, Task.id == Evaluation.task_id)
        .where(*filters)
        .order_by(Subject.name, Subject.identity, in_catalogue_order, Task.name, Evaluation.started_at, Evaluation.id)
    )
    found = read_columns(session, query, {"id": "int64", **_OF_EVALUATION, "subject": "int64", "environment": "int64"})
    places = session.execute(select(Environment.id, Environment.device, Environment.threads, Environment.dtype))
    environments = {row.id: environment_label(row.device, row.threads, row.dtype) for row in places}
    found["subject"] = found["subject"].map(subject_labels(session)).astype("str")
    found["environment"] = found["environment"].map(environments).astype("str")
    return found.set_index("id")


def environment_label(device: str, threads: int, dtype: str) -> str:
    """An environment as people read it: `cpu · 2 threads · float32`."""
    return f"{device} · {threads} thread{'s' if threads > 1 else ''} · {dtype}"


def _in_order(evaluated: pd.DataFrame, numbers: pd.DataFrame) -> pd.DataFrame:
    """The rows of both together: by evaluation, headline metrics first, a whole before its parts."""
    at = evaluated.index.get_indexer(pd.Index(numbers["evaluation_id"]))
    texts = [pd.factorize(numbers[name], sort=True)[0] for name in ("part", "metric")]
    order = np.lexsort((*texts, ~numbers["headline"].to_numpy(), at))
    order = order[at[order] >= 0]  # an evaluation that was replaced between the two queries
    numbers, rows = numbers.take(order), evaluated.take(at[order])
    in_part = numbers["part"] != ""
    metric = numbers["metric"].where(~in_part, numbers["metric"] + PART + numbers["part"])
    columns = {**rows, **numbers.assign(metric=metric)}
    return pd.DataFrame({name: columns[name].array for name in _TYPES})


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
