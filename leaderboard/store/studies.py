"""Studies and their trials, written by several processes and read as plain records."""

import json
import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from itertools import groupby
from typing import Any

from sqlalchemy import Row, Select, delete, func, insert, select, update
from sqlalchemy.orm import Session

from leaderboard.errors import LeaderboardError, RequestError, unknown_name
from leaderboard.store.column_types import shown_line
from leaderboard.store.killed_runs import abandoned_studies
from leaderboard.store.records import ModelRecord, StudyRecord, TrialRecord, TrialState
from leaderboard.store.repository import Store
from leaderboard.store.tables import ModelRow, StudyRow, TrialLossRow, TrialRow
from leaderboard.store.upserts import column_values, insert_statement, upsert_statement

_SHOWN = 60
_KEPT = tuple(field.name for field in fields(TrialRecord) if field.name != "losses")
"""Attributes of a trial that are columns of its table."""
_KILLED = "its process was killed; `leaderboard search resume` tries it again"


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyOverview:
    """A study, and the number of its trials in each state."""

    study: StudyRecord
    trials: Mapping[TrialState, int]


def create_study(store: Store, request: StudyRecord) -> StudyRecord:
    """Create a study, or resume the one with this name.

    Args:
        store: the store.
        request: the requested study.

    Returns:
        The stored study; for a resumed one, as it was created.

    Raises:
        RequestError: when the study with this name has other settings.
        LeaderboardError: when its definition is not JSON.
    """
    with store.writing(f"study '{request.name}'") as session:
        insertion = insert_statement(session, ModelRow, column_values(request.model)).on_conflict_do_nothing()
        session.execute(insertion)  # details from an earlier evaluation of the model stay
        values = {
            "name": request.name,
            "mode": request.mode,
            "model_id": session.scalar(select(ModelRow.id).where(ModelRow.identity == request.model.identity)),
            "definition": dict(request.definition),
            "created_at": request.created_at,
        }
        if _matching_study(session, request.name) is None:
            session.execute(insert_statement(session, StudyRow, values).on_conflict_do_nothing())
        study = _record(session.execute(_studies().where(StudyRow.id == _study_id(session, request.name))).one())
        _check_same(study, request)
        return study


def study(store: Store, name: str) -> StudyRecord:
    """Return the study with this name.

    Raises:
        RequestError: when there is none, with the nearest name.
    """
    with store.reading() as session:
        return _record(session.execute(_studies().where(StudyRow.id == _study_id(session, name))).one())


def studies(store: Store) -> list[StudyOverview]:
    """Return every study, oldest first; a trial whose process was killed counts as failed."""
    with store.reading() as session:
        rows = session.execute(
            _studies()
            .add_columns(TrialRow.state, func.count(TrialRow.number).label("trials"))
            .outerjoin(TrialRow, TrialRow.study_id == StudyRow.id)
            .group_by(StudyRow.id, ModelRow.id, TrialRow.state)
            .order_by(StudyRow.created_at, StudyRow.id)
        ).all()
        abandoned = abandoned_studies(session)
    counted: dict[str, dict[TrialState, int]] = {row.StudyRow.name: dict.fromkeys(TrialState, 0) for row in rows}
    for row in rows:
        if row.state is not None:
            counted[row.StudyRow.name][row.state] = row.trials
    for name in counted.keys() & abandoned:
        counted[name][TrialState.FAILED] += counted[name][TrialState.RUNNING]
        counted[name][TrialState.RUNNING] = 0
    records = {row.StudyRow.name: _record(row) for row in rows}
    return [StudyOverview(study=each, trials=counted[name]) for name, each in records.items()]


def delete_study(store: Store, name: str) -> None:
    """Delete a study and its trials; their evaluations stay.

    Raises:
        RequestError: when there is none of that name, with the nearest name.
    """
    with store.writing(f"study '{name}'") as session:
        session.execute(delete(StudyRow).where(StudyRow.id == _study_id(session, name)))


def write_trial(store: Store, study_name: str, trial: TrialRecord) -> None:
    """Store a trial, in place of the stored trial with its number.

    Raises:
        RequestError: when there is no study with this name, with the nearest name.
        LeaderboardError: when it is inconsistent, or has a loss that is not finite.
    """
    title = f"trial {trial.number} of study '{study_name}'"
    if trial.losses and trial.state is not TrialState.COMPLETE:
        raise LeaderboardError(f"{title}: cannot be stored: it is {trial.state}, and only a complete one has losses")
    if not all(math.isfinite(loss) for loss in trial.losses):
        raise LeaderboardError(f"{title}: cannot be stored: its losses are {trial.losses}")
    with store.writing(title) as session:
        key = {"study_id": _study_id(session, study_name), "number": trial.number}
        values = {name: getattr(trial, name) for name in _KEPT}
        values = {name: dict(value) if isinstance(value, Mapping) else value for name, value in values.items()}
        values |= {"feasible": trial.feasible, **key}
        session.execute(upsert_statement(session, TrialRow, tuple(key), values))
        session.execute(delete(TrialLossRow).filter_by(**key))
        if trial.losses:
            losses = [{**key, "position": position, "loss": loss} for position, loss in enumerate(trial.losses)]
            session.execute(insert(TrialLossRow), losses)


def mark_finalists(store: Store, study_name: str, numbers: Collection[int]) -> None:
    """Mark trials as scored on held-out data; earlier marks stay.

    Raises:
        RequestError: when there is no study with this name, with the nearest name.
        LeaderboardError: for a number without a trial, or a trial that is not complete.
    """
    with store.writing(f"finalists of study '{study_name}'") as session:
        meant = (TrialRow.study_id == _study_id(session, study_name), TrialRow.number.in_(numbers))
        missing = set(numbers) - set(session.scalars(select(TrialRow.number).where(*meant)))
        if missing:
            raise LeaderboardError(f"study '{study_name}' has no trial {', '.join(map(str, sorted(missing)))}")
        session.execute(update(TrialRow).where(*meant).values(finalist=True))


def trials(store: Store, study_name: str) -> list[TrialRecord]:
    """Return the trials of a study, sorted by number.

    Raises:
        RequestError: when there is no study with this name, with the nearest name.
    """
    with store.reading() as session:
        rows = session.execute(
            select(TrialRow, TrialLossRow.loss)
            .outerjoin(
                TrialLossRow, (TrialLossRow.study_id == TrialRow.study_id) & (TrialLossRow.number == TrialRow.number)
            )
            .where(TrialRow.study_id == _study_id(session, study_name))
            .order_by(TrialRow.number, TrialLossRow.position)
        ).all()
    return [
        TrialRecord(
            **{name: getattr(trial, name) for name in _KEPT},
            losses=tuple(row.loss for row in group if row.loss is not None),
        )
        for trial, group in groupby(rows, key=lambda row: row.TrialRow)
    ]


def current_trials(store: Store, study_name: str) -> list[TrialRecord]:
    """Return the trials of a study as people see them, sorted by number: one whose process was killed has failed.

    Raises:
        RequestError: when there is no study with this name, with the nearest name.
    """
    stored = trials(store, study_name)
    with store.reading() as session:
        if shown_line(study_name) not in abandoned_studies(session):
            return stored
    return [
        replace(each, state=TrialState.FAILED, reason=_KILLED) if each.state is TrialState.RUNNING else each
        for each in stored
    ]


def _studies() -> Select[StudyRow, ModelRow]:
    return select(StudyRow, ModelRow).join(ModelRow, ModelRow.id == StudyRow.model_id)


def _record(row: Row[*tuple[Any, ...]]) -> StudyRecord:
    return StudyRecord(
        name=row.StudyRow.name,
        mode=row.StudyRow.mode,
        model=ModelRecord(**{field.name: getattr(row.ModelRow, field.name) for field in fields(ModelRecord)}),
        definition=row.StudyRow.definition,
        created_at=row.StudyRow.created_at,
    )


def _study_id(session: Session, name: str) -> int:
    study_id = _matching_study(session, name)
    if study_id is None:
        raise unknown_name("study", name, session.scalars(select(StudyRow.name)), see="leaderboard search list")
    return study_id


def _matching_study(session: Session, name: str) -> int | None:
    """Return the id of the study with this name, else of the one whose name is shown like this.

    Raises:
        RequestError: when the names of several are shown like this.
    """
    study_id = session.scalar(select(StudyRow.id).where(StudyRow.name == name))
    if study_id is not None:
        return study_id
    # Other programs and earlier versions wrote names with control characters, which are replaced when they are read.
    matching = [row.id for row in session.execute(select(StudyRow.id, StudyRow.name)) if row.name == name]
    if len(matching) > 1:
        raise RequestError(f"study '{name}' is ambiguous: {len(matching)} studies have names that are shown like this")
    return matching[0] if matching else None


def _check_same(stored: StudyRecord, request: StudyRecord) -> None:
    differences = list(_differences(stored, request))
    if differences:
        raise RequestError(
            f"study '{stored.name}' exists with other settings\n"
            + "".join(f"  {difference}\n" for difference in differences)
            + "  Name another study with --study, or use the same settings"
        )


def _differences(stored: StudyRecord, request: StudyRecord) -> Iterator[str]:
    """Yield one line for each difference."""
    if stored.model.identity != request.model.identity:
        same = stored.model.source == request.model.source
        yield f"model: {stored.model.source} then, " + ("other weights now" if same else f"{request.model.source} now")
    if stored.mode is not request.mode:
        yield f"mode: {stored.mode} then, {request.mode} now"
    then, now = stored.definition, json.loads(json.dumps(dict(request.definition)))
    for key in sorted(then.keys() | now.keys()):
        if (key in then, then.get(key)) != (key in now, now.get(key)):
            yield f"{key}: {_brief(then, key)} then, {_brief(now, key)} now"


def _brief(definition: Mapping[str, Any], key: str) -> str:
    text = json.dumps(definition[key], ensure_ascii=False) if key in definition else "nothing"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
