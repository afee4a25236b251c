"""Studies: searches and their trials, written by several processes and read back as plain records."""

import json
import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, fields
from itertools import groupby
from typing import Any

from sqlalchemy import Row, Select, delete, func, insert, select, update
from sqlalchemy.orm import Session

from leaderboard.errors import LeaderboardError, RequestError, unknown_name
from leaderboard.store.records import ModelRecord, StudyRecord, TrialRecord, TrialState
from leaderboard.store.repository import Store
from leaderboard.store.tables import Model, Study, Trial, TrialLoss
from leaderboard.store.upserts import columns, inserting, upserting

_SHOWN = 60
_KEPT = tuple(field.name for field in fields(TrialRecord) if field.name != "losses")
"""Attributes of a trial that are columns of its row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyOverview:
    """A study, and how many of its trials are in each state; a state that none is in counts 0."""

    study: StudyRecord
    trials: Mapping[TrialState, int]


def create_study(store: Store, asked: StudyRecord) -> StudyRecord:
    """Begin a study, or go on with the one of that name.

    Args:
        store: that keeps it.
        asked: what is searched for.

    Returns:
        The study as the store has it: of one that goes on, as it was begun.

    Raises:
        RequestError: when the one of that name was begun with something else.
        LeaderboardError: when its definition has something that JSON has no word for.
    """
    with store.writing(f"study '{asked.name}'") as session:
        known = inserting(session, Model, columns(asked.model)).on_conflict_do_nothing()
        session.execute(known)  # what an evaluation noted about the model stays
        values = {
            "name": asked.name,
            "mode": asked.mode,
            "model_id": session.scalar(select(Model.id).where(Model.identity == asked.model.identity)),
            "definition": dict(asked.definition),
            "created_at": asked.created_at,
        }
        session.execute(inserting(session, Study, values).on_conflict_do_nothing())
        study = _record(session.execute(_studies().where(Study.name == asked.name)).one())
        _check_same(study, asked)
        return study


def study(store: Store, name: str) -> StudyRecord:
    """The study of that name.

    Raises:
        RequestError: when there is none, with the nearest name.
    """
    with store.reading() as session:
        return _record(session.execute(_studies().where(Study.id == _study_id(session, name))).one())


def studies(store: Store) -> list[StudyOverview]:
    """Every study, oldest first."""
    with store.reading() as session:
        rows = session.execute(
            _studies()
            .add_columns(Trial.state, func.count(Trial.number).label("trials"))
            .outerjoin(Trial, Trial.study_id == Study.id)
            .group_by(Study.id, Model.id, Trial.state)
            .order_by(Study.created_at, Study.id)
        ).all()
    counted: dict[str, dict[TrialState, int]] = {row.Study.name: dict.fromkeys(TrialState, 0) for row in rows}
    for row in rows:
        if row.state is not None:
            counted[row.Study.name][row.state] = row.trials
    found = {row.Study.name: _record(row) for row in rows}
    return [StudyOverview(study=each, trials=counted[name]) for name, each in found.items()]


def delete_study(store: Store, name: str) -> None:
    """Forget a study and its trials; what they measured stays.

    Raises:
        RequestError: when there is none of that name, with the nearest name.
    """
    with store.writing(f"study '{name}'") as session:
        session.execute(delete(Study).where(Study.id == _study_id(session, name)))


def write_trial(store: Store, study_name: str, trial: TrialRecord) -> None:
    """Keep a trial, in the place of what the store has of that number.

    Raises:
        RequestError: when there is no study of that name, with the nearest name.
        LeaderboardError: when it contradicts itself, or has a loss that is no finite number.
    """
    what = f"trial {trial.number} of study '{study_name}'"
    if trial.losses and trial.state is not TrialState.COMPLETE:
        raise LeaderboardError(f"{what}: cannot be stored: it is {trial.state}, and only a complete one has losses")
    if not all(math.isfinite(loss) for loss in trial.losses):
        raise LeaderboardError(f"{what}: cannot be stored: its losses are {trial.losses}")
    with store.writing(what) as session:
        key = {"study_id": _study_id(session, study_name), "number": trial.number}
        values = {name: getattr(trial, name) for name in _KEPT}
        values = {name: dict(value) if isinstance(value, Mapping) else value for name, value in values.items()}
        values |= {"feasible": trial.feasible, **key}
        session.execute(upserting(session, Trial, tuple(key), values))
        session.execute(delete(TrialLoss).filter_by(**key))
        if trial.losses:
            losses = [{**key, "position": position, "loss": loss} for position, loss in enumerate(trial.losses)]
            session.execute(insert(TrialLoss), losses)


def mark_finalists(store: Store, study_name: str, numbers: Collection[int]) -> None:
    """Note which trials were scored on what was held out; those that were noted before stay.

    Raises:
        RequestError: when there is no study of that name, with the nearest name.
        LeaderboardError: for a number that no trial has, or one of a trial that is not complete.
    """
    with store.writing(f"finalists of study '{study_name}'") as session:
        meant = (Trial.study_id == _study_id(session, study_name), Trial.number.in_(numbers))
        missing = set(numbers) - set(session.scalars(select(Trial.number).where(*meant)))
        if missing:
            raise LeaderboardError(f"study '{study_name}' has no trial {', '.join(map(str, sorted(missing)))}")
        session.execute(update(Trial).where(*meant).values(finalist=True))


def trials(store: Store, study_name: str) -> list[TrialRecord]:
    """The trials of a study, by number.

    Raises:
        RequestError: when there is no study of that name, with the nearest name.
    """
    with store.reading() as session:
        rows = session.execute(
            select(Trial, TrialLoss.loss)
            .outerjoin(TrialLoss, (TrialLoss.study_id == Trial.study_id) & (TrialLoss.number == Trial.number))
            .where(Trial.study_id == _study_id(session, study_name))
            .order_by(Trial.number, TrialLoss.position)
        ).all()
    return [
        TrialRecord(
            **{name: getattr(trial, name) for name in _KEPT},
            losses=tuple(row.loss for row in group if row.loss is not None),
        )
        for trial, group in groupby(rows, key=lambda row: row.Trial)
    ]


def _studies() -> Select[Study, Model]:
    return select(Study, Model).join(Model, Model.id == Study.model_id)


def _record(row: Row[*tuple[Any, ...]]) -> StudyRecord:
    return StudyRecord(
        name=row.Study.name,
        mode=row.Study.mode,
        model=ModelRecord(**{field.name: getattr(row.Model, field.name) for field in fields(ModelRecord)}),
        definition=row.Study.definition,
        created_at=row.Study.created_at,
    )


def _study_id(session: Session, name: str) -> int:
    found = session.scalar(select(Study.id).where(Study.name == name))
    if found is None:
        raise unknown_name("study", name, session.scalars(select(Study.name)), see="leaderboard search list")
    return found


def _check_same(known: StudyRecord, asked: StudyRecord) -> None:
    differences = list(_differences(known, asked))
    if differences:
        raise RequestError(
            f"study '{known.name}' was begun with something else, and its trials answer that\n"
            + "".join(f"  {difference}\n" for difference in differences)
            + "  Name another with --study, or ask for the same"
        )


def _differences(known: StudyRecord, asked: StudyRecord) -> Iterator[str]:
    """One line for each thing that is not as it was."""
    if known.model.identity != asked.model.identity:
        same = known.model.source == asked.model.source
        yield f"model: {known.model.source} then, " + ("other weights now" if same else f"{asked.model.source} now")
    if known.mode is not asked.mode:
        yield f"mode: {known.mode} then, {asked.mode} now"
    then, now = known.definition, json.loads(json.dumps(dict(asked.definition)))
    for key in sorted(then.keys() | now.keys()):
        if (key in then, then.get(key)) != (key in now, now.get(key)):
            yield f"{key}: {_brief(then, key)} then, {_brief(now, key)} now"


def _brief(definition: Mapping[str, Any], key: str) -> str:
    said = json.dumps(definition[key], ensure_ascii=False) if key in definition else "nothing"
    return said if len(said) <= _SHOWN else f"{said[:_SHOWN]}…"
