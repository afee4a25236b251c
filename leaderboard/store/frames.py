"""Data frames of stored results, for the board, the reports and the gate; SQL does the filtering."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import ColumnElement, Select, String, cast, or_, select, type_coerce
from sqlalchemy.orm import InstrumentedAttribute, Session

from leaderboard.axes.accuracy import OVER_BAG_OF_WORDS
from leaderboard.axes.accuracy.evaluate_modules.settings import PREFIX, is_module
from leaderboard.axes.axis import Axis
from leaderboard.backends.resolved import UNKNOWN
from leaderboard.data.portions import Portion
from leaderboard.errors import unknown_name
from leaderboard.store.column_types import shown_notes
from leaderboard.store.columnar import read_columns
from leaderboard.store.provenance import IMPORT_MARK, import_file
from leaderboard.store.repository import Store
from leaderboard.store.subjects import subject_labels
from leaderboard.store.tables import (
    EnvironmentRow,
    EstimateRow,
    EvaluationRow,
    ModelRow,
    RecipeRow,
    RunRow,
    SubjectRow,
    TaskRow,
)

NOTE_SEPARATOR = "; "
"""Separator of the notes of one evaluation."""
PART = ":"
"""Separator of the name of a metric and a part of the task; see `split_part`."""
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
    "imported_from": "str",
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
    """Return one row for each estimate, sorted by subject, axis, task and time, headline metrics first.

    A part of a task is appended to the name of the metric (`ood_accuracy:amazon`). Unknown values and ends of intervals
    are NaN. The notes of an evaluation are joined to one text. `imported_from` is the file that an
    evaluation was imported from; empty where it was measured.

    Args:
        store: the store.
        models: only these models, by name or reference.
        axes: only these axes.
        tasks: only these tasks, by name.
        metrics: only these metrics, by name, with their parts.
        evaluations: only these evaluations, by identity.
        subjects: only these subjects, by identity.
        portions: only results on these portions; whole tasks by default.
        headline: only metrics that count in a ranking, or mark a subject there.

    Returns:
        The columns `RESULT_COLUMNS`, in that order, followed by `portion` where several portions are selected; no rows
        when nothing is stored.

    Raises:
        RequestError: for a model, task or metric without results, with the nearest name.
    """
    with store.reading() as session:
        of_evaluations: list[ColumnElement[bool]] = [EvaluationRow.portion.in_(portions)]
        _check_filters(session, of_evaluations, models=models, tasks=tasks, metrics=metrics)
        if models:
            of_models = or_(ModelRow.name.in_(models), ModelRow.source.in_(models))
            of_evaluations.append(EvaluationRow.subject_id.in_(select(SubjectRow.id).join(ModelRow).where(of_models)))
        if axes:
            of_evaluations.append(EvaluationRow.task_id.in_(select(TaskRow.id).where(TaskRow.axis.in_(axes))))
        if tasks:
            of_evaluations.append(EvaluationRow.task_id.in_(select(TaskRow.id).where(TaskRow.name.in_(tasks))))
        if evaluations is not None:
            of_evaluations.append(EvaluationRow.identity.in_(evaluations))
        if subjects is not None:
            of_evaluations.append(
                EvaluationRow.subject_id.in_(select(SubjectRow.id).where(SubjectRow.identity.in_(subjects)))
            )
        of_estimates: list[ColumnElement[bool]] = [EstimateRow.metric.in_(metrics)] if metrics else []
        if headline:
            of_estimates.append(or_(EstimateRow.headline.is_(True), EstimateRow.metric == OVER_BAG_OF_WORDS.name))
        numbers = _numbers(session, of_evaluations, of_estimates)
        evaluated = _evaluated(session, of_evaluations)
    columns = RESULT_COLUMNS if len(set(portions)) == 1 else (*RESULT_COLUMNS, _PORTION)
    return _in_order(evaluated, numbers)[list(columns)]


def distinct_notes(notes: Sequence[str]) -> list[list[str]]:
    """Return the notes of a subject's evaluations, each only with its first evaluation.

    A note on the computation or the training data belongs to every task: it is listed once, with the number of tasks.

    Args:
        notes: notes of each evaluation in order, joined as in the column `notes`.
    """
    each = [[note for note in joined.split(NOTE_SEPARATOR) if note] for joined in notes]
    tasks = Counter(note for notes_of_evaluation in each for note in dict.fromkeys(notes_of_evaluation))
    first: dict[str, int] = {}
    for place, notes_of_evaluation in enumerate(each):
        for note in notes_of_evaluation:
            first.setdefault(note, place)
    return [
        [
            f"{note} ({tasks[note]} of {len(each)} tasks)" if tasks[note] > 1 else note
            for note in dict.fromkeys(notes_of_evaluation)
            if first[note] == place
        ]
        for place, notes_of_evaluation in enumerate(each)
    ]


def split_part(metric: str) -> tuple[str, str]:
    """Return the metric and the part that the column `metric` of a frame names; an empty part for the whole task.

    The names of modules of `evaluate` have the separator in themselves: `evaluate:rouge:rouge1`.
    """
    start = len(PREFIX) if is_module(metric) else 0
    name, _, part = metric[start:].partition(PART)
    return metric[:start] + name, part


def empty_estimates() -> pd.DataFrame:
    """Return the frame of an empty store: the columns of `estimates_frame`, no rows."""
    return pd.DataFrame({name: pd.Series((), dtype=_TYPES[name]) for name in RESULT_COLUMNS})


def task_definitions(store: Store) -> dict[str, Mapping[str, Any]]:
    """Return the definition of each task as JSON, by name; the last one where several share a name."""
    with store.reading() as session:
        rows = session.execute(select(TaskRow.name, TaskRow.definition).order_by(TaskRow.id)).all()
        return {row.name: row.definition for row in rows}


def adapted_subjects(store: Store) -> dict[str, str | None]:
    """Return the task that each subject was adapted to, by label; None where there is none."""
    with store.reading() as session:
        labels = subject_labels(session)
        rows = session.execute(
            select(SubjectRow.id, RecipeRow.adapt_to).join(RecipeRow, RecipeRow.id == SubjectRow.recipe_id)
        ).all()
        return {labels[row.id]: row.adapt_to for row in rows}


def _numbers(
    session: Session, of_evaluations: Iterable[ColumnElement[bool]], of_estimates: Iterable[ColumnElement[bool]]
) -> pd.DataFrame:
    """Return the estimates in any order, with the row id of their evaluation and their part; enums are texts."""
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
    ).where(EstimateRow.evaluation_id.in_(select(EvaluationRow.id).where(*of_evaluations)), *of_estimates)
    return read_columns(session, query, {"evaluation_id": "int64", "part": "str", **_OF_ESTIMATE})


def _evaluated(session: Session, filters: Iterable[ColumnElement[bool]]) -> pd.DataFrame:
    """Return the columns that the estimates of an evaluation share, by its row id, in the order of the frame."""
    query = select(
        EvaluationRow.id,
        EvaluationRow.subject_id,
        EvaluationRow.task_id,
        EvaluationRow.environment_id,
        EvaluationRow.run_id,
        type_coerce(EvaluationRow.started_at, String),  # UTC; pandas reads many times faster
        cast(EvaluationRow.notes, String),  # most are empty and need no parsing
        type_coerce(EvaluationRow.portion, String),
    ).where(*filters)
    keys = dict.fromkeys(("id", "subject_id", "task_id", "environment_id", "run_id"), "int64")
    types = {**keys, "evaluated_at": _TYPES["evaluated_at"], "notes": "str", _PORTION: "str"}
    rows = read_columns(session, query, types)
    rows["notes"] = rows["notes"].map(
        {each: NOTE_SEPARATOR.join(shown_notes(json.loads(each))) for each in rows["notes"].unique()}
    )
    subjects, tasks = _subjects(session).loc[rows["subject_id"]], _tasks(session).loc[rows["task_id"]]
    files = _import_files(session)
    order = np.lexsort((rows["id"], rows["evaluated_at"], tasks["place"], subjects["place"]))
    columns = {
        **{name: subjects[name].array for name in ("subject", "model", "recipe")},
        **{name: tasks[name].array for name in ("axis", "task", "task_version")},
        "environment": _environments(session).loc[rows["environment_id"]].array,
        **{name: rows[name].array for name in ("evaluated_at", "notes", _PORTION)},
        "imported_from": pd.array([files.get(run, "") for run in rows["run_id"]], dtype="str"),
    }
    return pd.DataFrame(columns, index=pd.Index(rows["id"])).take(order)


def _subjects(session: Session) -> pd.DataFrame:
    """Return label, model and recipe of every subject by its row id, and its position in the order of names."""
    labels = subject_labels(session)
    rows = session.execute(
        select(SubjectRow.id, SubjectRow.name, SubjectRow.identity, ModelRow.name, RecipeRow.name)
        .join(ModelRow, ModelRow.id == SubjectRow.model_id)
        .join(RecipeRow, RecipeRow.id == SubjectRow.recipe_id)
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
    """Return name, axis and version of every task by its row id, and its position in the order of axes and names."""
    rows = session.execute(select(TaskRow.id, TaskRow.axis, TaskRow.name, TaskRow.version)).all()
    names = sorted({(row.axis.place, row.axis.value, row.name) for row in rows})
    return pd.DataFrame(
        {
            "axis": pd.Series([row.axis.value for row in rows], dtype="str"),
            "task": pd.Series([row.name for row in rows], dtype="str"),
            "task_version": pd.Series([row.version for row in rows], dtype="int64"),
            "place": [names.index((row.axis.place, row.axis.value, row.name)) for row in rows],
        }
    ).set_axis([row.id for row in rows])


def _environments(session: Session) -> "pd.Series[str]":
    """Return the labels of environments by row id."""
    rows = session.execute(
        select(EnvironmentRow.id, EnvironmentRow.device, EnvironmentRow.threads, EnvironmentRow.dtype)
    ).all()
    return pd.Series([environment_label(*row[1:]) for row in rows], index=[row.id for row in rows], dtype="str")


def environment_label(device: str, threads: int, dtype: str) -> str:
    """Return a label for an environment, for instance `cpu · 2 threads · float32`; of one without weights its name."""
    if dtype == UNKNOWN:
        return device
    return f"{device} · {threads} thread{'s' if threads > 1 else ''} · {dtype}"


def _import_files(session: Session) -> dict[int, str]:
    """Return the file that each importing run read, by the row id of the run."""
    rows = session.execute(
        select(RunRow.id, RunRow.arguments).where(cast(RunRow.arguments, String).contains(IMPORT_MARK))
    )
    return {row.id: file for row in rows if (file := import_file(row.arguments))}


def _in_order(evaluated: pd.DataFrame, numbers: pd.DataFrame) -> pd.DataFrame:
    """Join both frames: sorted by evaluation, headline metrics first, a whole task before its parts."""
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
        .join(EvaluationRow, EvaluationRow.id == EstimateRow.evaluation_id)
        .join(SubjectRow, SubjectRow.id == EvaluationRow.subject_id)
        .join(ModelRow, ModelRow.id == SubjectRow.model_id)
        .join(RecipeRow, RecipeRow.id == SubjectRow.recipe_id)
        .join(TaskRow, TaskRow.id == EvaluationRow.task_id)
        .join(EnvironmentRow, EnvironmentRow.id == EvaluationRow.environment_id)
    )


def _check_filters(
    session: Session,
    conditions: Sequence[ColumnElement[bool]],
    *,
    models: Sequence[str],
    tasks: Sequence[str],
    metrics: Sequence[str],
) -> None:
    """Refuse a filter that matches nothing, since an empty frame would look like "nothing was measured"."""
    filters: list[tuple[str, Sequence[str], tuple[InstrumentedAttribute[str], ...]]] = [
        ("model", models, (ModelRow.name, ModelRow.source)),
        ("task", tasks, (TaskRow.name,)),
        ("metric", metrics, (EstimateRow.metric,)),
    ]
    for kind, names, columns in filters:
        if not names:
            continue
        recorded_names = {
            name for column in columns for name in session.scalars(_joined(column).where(*conditions).distinct()).all()
        }
        for name in names:
            if name not in recorded_names:
                raise unknown_name(kind, name, recorded_names, where=f"--{kind}", see="leaderboard results")
