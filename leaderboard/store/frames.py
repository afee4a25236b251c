"""Frames out of the store: what the board, the reports and the gate look at. SQL does the filtering."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import ColumnElement, Select, String, cast, or_, select, type_coerce
from sqlalchemy.orm import InstrumentedAttribute, Session

from leaderboard.axes.metric import Axis
from leaderboard.data.portions import Portion
from leaderboard.errors import unknown_name
from leaderboard.store.columnar import read_columns
from leaderboard.store.repository import Store
from leaderboard.store.subjects import subject_labels
from leaderboard.store.tables import Environment, EstimateRow, Evaluation, Model, Recipe, Subject, Task

BETWEEN_NOTES = "; "
"""Between the notes of one evaluation."""
PART = ":"
"""Between the name of a metric and that of the part it is of."""
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
    **dict.fromkeys(("subject", "model", "recipe", "axis", "task"), "str"),
    **_OF_ESTIMATE,
    "environment": "str",
    "evaluated_at": "datetime64[us, UTC]",
    "task_version": "int64",
    "notes": "str",
    _PORTION: "str",
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

    A part of a task is behind the metric's name (`ood_accuracy:amazon`). A value that is not known is missing (NaN,
    since the columns are floats); a 95 % interval that is not known too. All notes of an evaluation are one text.

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
            of_models = or_(Model.name.in_(models), Model.source.in_(models))
            of_evaluations.append(Evaluation.subject_id.in_(select(Subject.id).join(Model).where(of_models)))
        if axes:
            of_evaluations.append(Evaluation.task_id.in_(select(Task.id).where(Task.axis.in_(axes))))
        if tasks:
            of_evaluations.append(Evaluation.task_id.in_(select(Task.id).where(Task.name.in_(tasks))))
        if evaluations is not None:
            of_evaluations.append(Evaluation.identity.in_(evaluations))
        if subjects is not None:
            of_evaluations.append(Evaluation.subject_id.in_(select(Subject.id).where(Subject.identity.in_(subjects))))
        of_estimates = [EstimateRow.metric.in_(metrics)] if metrics else []
        if headline:
            of_estimates.append(EstimateRow.headline.is_(True))
        numbers = _numbers(session, of_evaluations, of_estimates)
        evaluated = _evaluated(session, of_evaluations)
    columns = RESULT_COLUMNS if len(set(portions)) == 1 else (*RESULT_COLUMNS, _PORTION)
    return _in_order(evaluated, numbers)[list(columns)]


def notes_once(notes: Sequence[str]) -> list[list[str]]:
    """The notes of a subject's evaluations, each once, with the first evaluation that it is of.

    A note on how the model is computed, or on data that it learned from, is one of every task: it is told once, with
    how many tasks it is of.

    Args:
        notes: those of each evaluation in order, joined as in the column `notes`.
    """
    each = [[note for note in joined.split(BETWEEN_NOTES) if note] for joined in notes]
    tasks = Counter(note for told in each for note in dict.fromkeys(told))
    first: dict[str, int] = {}
    for place, told in enumerate(each):
        for note in told:
            first.setdefault(note, place)
    return [
        [
            f"{note} ({tasks[note]} of {len(each)} tasks)" if tasks[note] > 1 else note
            for note in dict.fromkeys(told)
            if first[note] == place
        ]
        for place, told in enumerate(each)
    ]


def no_estimates() -> pd.DataFrame:
    """The frame of a store that holds nothing: the columns of `estimates_frame`, no rows."""
    return pd.DataFrame({name: pd.Series((), dtype=_TYPES[name]) for name in RESULT_COLUMNS})


def task_definitions(store: Store) -> dict[str, Mapping[str, Any]]:
    """Each task's file as JSON, by name; of several that had the name, the one recorded last."""
    with store.reading() as session:
        rows = session.execute(select(Task.name, Task.definition).order_by(Task.id)).all()
        return {row.name: row.definition for row in rows}


def adapted_subjects(store: Store) -> dict[str, str | None]:
    """The task that each subject was adapted to, by its label; None where none was recorded."""
    with store.reading() as session:
        labels = subject_labels(session)
        rows = session.execute(select(Subject.id, Recipe.adapt_to).join(Recipe, Recipe.id == Subject.recipe_id)).all()
        return {labels[row.id]: row.adapt_to for row in rows}


def _numbers(
    session: Session, of_evaluations: Iterable[ColumnElement[bool]], of_estimates: Iterable[ColumnElement[bool]]
) -> pd.DataFrame:
    """The estimates, in any order, with the row id of their evaluation and their part; enums stay texts."""
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
    ).where(EstimateRow.evaluation_id.in_(select(Evaluation.id).where(*of_evaluations)), *of_estimates)
    return read_columns(session, query, {"evaluation_id": "int64", "part": "str", **_OF_ESTIMATE})


def _evaluated(session: Session, filters: Iterable[ColumnElement[bool]]) -> pd.DataFrame:
    """What the estimates of one evaluation share, by its row id, in the order of the frame."""
    query = select(
        Evaluation.id,
        Evaluation.subject_id,
        Evaluation.task_id,
        Evaluation.environment_id,
        type_coerce(Evaluation.started_at, String),  # UTC; pandas reads many times faster
        cast(Evaluation.notes, String),  # parsed where there are any, which is seldom
        type_coerce(Evaluation.portion, String),
    ).where(*filters)
    keys = dict.fromkeys(("id", "subject_id", "task_id", "environment_id"), "int64")
    types = {**keys, "evaluated_at": _TYPES["evaluated_at"], "notes": "str", _PORTION: "str"}
    found = read_columns(session, query, types)
    found["notes"] = found["notes"].map(
        {each: BETWEEN_NOTES.join(json.loads(each)) for each in found["notes"].unique()}
    )
    subjects, tasks = _subjects(session).loc[found["subject_id"]], _tasks(session).loc[found["task_id"]]
    order = np.lexsort((found["id"], found["evaluated_at"], tasks["place"], subjects["place"]))
    columns = {
        **{name: subjects[name].array for name in ("subject", "model", "recipe")},
        **{name: tasks[name].array for name in ("axis", "task", "task_version")},
        "environment": _environments(session).loc[found["environment_id"]].array,
        **{name: found[name].array for name in ("evaluated_at", "notes", _PORTION)},
    }
    return pd.DataFrame(columns, index=pd.Index(found["id"])).take(order)


def _subjects(session: Session) -> pd.DataFrame:
    """Label, model and recipe of every subject by its row id, and its place in the order of names."""
    labels = subject_labels(session)
    rows = session.execute(
        select(Subject.id, Subject.name, Subject.identity, Model.name, Recipe.name)
        .join(Model, Model.id == Subject.model_id)
        .join(Recipe, Recipe.id == Subject.recipe_id)
    ).all()
    ordered = sorted(rows, key=lambda row: row[1:3])
    return pd.DataFrame(
        {
            "subject": pd.Series([labels[row[0]] for row in ordered], dtype="str"),
            "model": pd.Series([row[3] for row in ordered], dtype="str"),
            "recipe": pd.Series([row[4] for row in ordered], dtype="str"),
            "place": range(len(ordered)),
        }
    ).set_axis([row[0] for row in ordered])


def _tasks(session: Session) -> pd.DataFrame:
    """Name, axis and version of every task by its row id, and its place among the names by axis."""
    rows = session.execute(select(Task.id, Task.axis, Task.name, Task.version)).all()
    axes = list(Axis)
    names = sorted({(axes.index(row.axis), row.name) for row in rows})
    return pd.DataFrame(
        {
            "axis": pd.Series([row.axis.value for row in rows], dtype="str"),
            "task": pd.Series([row.name for row in rows], dtype="str"),
            "task_version": pd.Series([row.version for row in rows], dtype="int64"),
            "place": [names.index((axes.index(row.axis), row.name)) for row in rows],
        }
    ).set_axis([row.id for row in rows])


def _environments(session: Session) -> "pd.Series[str]":
    """Where things ran, for people, by row id."""
    rows = session.execute(select(Environment.id, Environment.device, Environment.threads, Environment.dtype)).all()
    return pd.Series([environment_label(*row[1:]) for row in rows], index=[row.id for row in rows], dtype="str")


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
