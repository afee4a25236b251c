"""Results: everything that is known of one subject, evaluation by evaluation, apart from the store it came from.

What is compared, gated and written into documents is this value; a document that is read becomes it again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from leaderboard.axes.catalogue import METRICS
from leaderboard.data.portions import Portion
from leaderboard.stats.estimate import Estimate, Status
from leaderboard.store.provenance import asked_for
from leaderboard.store.records import (
    EnvironmentRecord,
    EstimateRecord,
    ModelRecord,
    RecipeRecord,
    StoredObservation,
    TaskRecord,
)
from leaderboard.store.repository import Store
from leaderboard.store.subjects import find_subject, subject_labels
from leaderboard.store.tables import Environment, EstimateRow, Evaluation, Model, Recipe, Run, Subject, Task

_AT_ONCE = 500
"""Databases bound how many values one statement may name."""
Record = TypeVar("Record", ModelRecord, RecipeRecord, TaskRecord, EnvironmentRecord)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationResult:
    """One evaluation of a subject on a whole task.

    Attributes:
        evaluation: its identity.
        estimates: its numbers; none of a metric that this program no longer knows.
        observe: reads what was seen, which is much; nothing where a document left it out.
        arguments: what the call that measured it was asked for; the other fields say what became of that.
        notes: what a reader of the numbers must know.
    """

    evaluation: str
    task: TaskRecord
    environment: EnvironmentRecord
    seed: int
    limit: int | None
    status: Status
    reason: str
    started_at: datetime
    duration_s: float
    estimates: tuple[EstimateRecord, ...]
    observe: Callable[[], Sequence[StoredObservation]]
    arguments: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectResults:
    """A subject and its evaluations on whole tasks, oldest first.

    Attributes:
        identity: of the subject.
        name: as it was recorded; several subjects may share it.
        label: its name where it came from, unique there.
    """

    identity: str
    name: str
    label: str
    model: ModelRecord
    recipe: RecipeRecord
    evaluations: tuple[EvaluationResult, ...]


def results_of(store: Store, asked: str) -> SubjectResults:
    """The results of the subject of that name, label, or start of either or of the identity.

    Raises:
        RequestError: when there is none, with the nearest label, or when several are meant.
    """
    with store.reading() as session:
        row_id, label = find_subject(session, asked)
        return _results(store, session, {row_id: label}, Subject.id == row_id)[0]


def all_results(store: Store) -> list[SubjectResults]:
    """The results of every subject that was measured on a whole task, by name."""
    with store.reading() as session:
        whole = select(Evaluation.subject_id).where(Evaluation.portion == Portion.WHOLE)
        return _results(store, session, subject_labels(session), Subject.id.in_(whole))


def known_evaluations(store: Store, identities: Sequence[str]) -> dict[str, EvaluationResult]:
    """Those of the evaluations that the store has, by identity."""
    known: dict[str, EvaluationResult] = {}
    with store.reading() as session:
        for start in range(0, len(identities), _AT_ONCE):
            chosen = Evaluation.identity.in_(identities[start : start + _AT_ONCE])
            for found in _evaluations(store, session, chosen).values():
                known |= {each.evaluation: each for each in found}
    return known


def _results(
    store: Store, session: Session, labels: Mapping[int, str], chosen: ColumnElement[bool]
) -> list[SubjectResults]:
    subjects = session.execute(
        select(Subject, Model, Recipe)
        .join(Model, Model.id == Subject.model_id)
        .join(Recipe, Recipe.id == Subject.recipe_id)
        .where(chosen)
        .order_by(Subject.name, Subject.identity)
    ).all()
    evaluations = _evaluations(store, session, chosen)
    return [
        SubjectResults(
            identity=subject.identity,
            name=subject.name,
            label=labels[subject.id],
            model=record_of(ModelRecord, model),
            recipe=record_of(RecipeRecord, recipe),
            evaluations=tuple(evaluations.get(subject.id, ())),
        )
        for subject, model, recipe in subjects
    ]


def _evaluations(store: Store, session: Session, chosen: ColumnElement[bool]) -> dict[int, list[EvaluationResult]]:
    """By row id of the subject, oldest first."""
    wanted = [chosen, Evaluation.portion == Portion.WHOLE]
    estimates = _estimates(session, wanted)
    results: dict[int, list[EvaluationResult]] = {}
    for evaluation, task, environment, arguments in session.execute(
        select(Evaluation, Task, Environment, Run.arguments)
        .join(Subject, Subject.id == Evaluation.subject_id)
        .join(Task, Task.id == Evaluation.task_id)
        .join(Environment, Environment.id == Evaluation.environment_id)
        .join(Run, Run.id == Evaluation.run_id)
        .where(*wanted)
        .order_by(Evaluation.started_at, Evaluation.id)
    ):
        result = EvaluationResult(
            evaluation=evaluation.identity,
            task=record_of(TaskRecord, task),
            environment=record_of(EnvironmentRecord, environment),
            seed=evaluation.seed,
            limit=evaluation.limit,
            status=evaluation.status,
            reason=evaluation.reason,
            started_at=evaluation.started_at,
            duration_s=evaluation.duration_s,
            estimates=tuple(estimates.get(evaluation.id, ())),
            observe=partial(store.observations_of, evaluation.identity),
            arguments=asked_for(arguments),
            notes=tuple(evaluation.notes),
        )
        results.setdefault(evaluation.subject_id, []).append(result)
    return results


def _estimates(session: Session, wanted: Sequence[ColumnElement[bool]]) -> dict[int, list[EstimateRecord]]:
    """By row id of the evaluation."""
    numbers: dict[int, list[EstimateRecord]] = {}
    of_estimate = [getattr(EstimateRow, each.name) for each in fields(Estimate)]
    for evaluation_id, metric, part, *values in session.execute(
        select(EstimateRow.evaluation_id, EstimateRow.metric, EstimateRow.part, *of_estimate)
        .join(Evaluation, Evaluation.id == EstimateRow.evaluation_id)
        .join(Subject, Subject.id == Evaluation.subject_id)
        .where(*wanted)
        .order_by(EstimateRow.headline.desc(), EstimateRow.metric, EstimateRow.part)
    ):
        if metric in METRICS:
            estimate = Estimate(**{each.name: value for each, value in zip(fields(Estimate), values, strict=True)})
            numbers.setdefault(evaluation_id, []).append(EstimateRecord(METRICS[metric], estimate, part))
    return numbers


def record_of(kind: type[Record], row: object) -> Record:
    """A row of a table as the record that it was made of."""
    return kind(**{field.name: getattr(row, field.name) for field in fields(kind)})
