"""Results of a subject, evaluation by evaluation, independent of the store.

Comparisons, gates and documents work with these values; reading a document yields them, too.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from leaderboard.axes.catalogue import METRICS
from leaderboard.axes.metric import Metric
from leaderboard.data.portions import Portion
from leaderboard.stats.estimate import Estimate, Status
from leaderboard.store.provenance import import_file, measured_arguments
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

_BATCH_SIZE = 500
"""Values in one statement, which databases limit."""
Record = TypeVar("Record", ModelRecord, RecipeRecord, TaskRecord, EnvironmentRecord)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationResult:
    """One evaluation of a subject on a whole task.

    Attributes:
        evaluation: identity of the evaluation.
        task: the task.
        environment: the machine.
        seed: random seed.
        limit: maximum number of examples of each split; None for all.
        status: status of the whole evaluation.
        reason: why it was not measured or failed; empty otherwise.
        started_at: timezone-aware.
        duration_s: wall-clock seconds.
        estimates: its estimates, also of metrics that no installed package declares (`Metric.recorded`).
        observe: reads the observations, which may be many; none where a document left them out.
        arguments: arguments of the call that measured it, before they were resolved.
        notes: notes for readers of the results.
        imported_from: file that the store imported it from; empty where it was measured, and in a document.
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
    imported_from: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectResults:
    """A subject and its evaluations on whole tasks, oldest first.

    Attributes:
        identity: identity of the subject.
        name: name of the subject; several subjects may share it.
        label: unique name within its store or document.
        model: the model.
        recipe: the recipe.
        evaluations: the evaluations.
    """

    identity: str
    name: str
    label: str
    model: ModelRecord
    recipe: RecipeRecord
    evaluations: tuple[EvaluationResult, ...]


def results_of(store: Store, name: str) -> SubjectResults:
    """Return the results of the subject with this name or label, or this start of its label or identity.

    Raises:
        RequestError: when there is none, with the nearest label, or when the name is ambiguous.
    """
    with store.reading() as session:
        row_id, label = find_subject(session, name)
        return _results(store, session, {row_id: label}, SubjectRow.id == row_id)[0]


def all_results(store: Store) -> list[SubjectResults]:
    """Return the results of every subject that was measured on a whole task, sorted by name."""
    with store.reading() as session:
        whole = select(EvaluationRow.subject_id).where(EvaluationRow.portion == Portion.WHOLE)
        return _results(store, session, subject_labels(session), SubjectRow.id.in_(whole))


def results_by_identity(store: Store, identities: Sequence[str]) -> dict[str, SubjectResults]:
    """Return the results of the subjects that the store has among these identities, by identity."""
    existing: dict[str, SubjectResults] = {}
    with store.reading() as session:
        labels = subject_labels(session)
        for start in range(0, len(identities), _BATCH_SIZE):
            chosen = SubjectRow.identity.in_(identities[start : start + _BATCH_SIZE])
            existing |= {each.identity: each for each in _results(store, session, labels, chosen)}
    return existing


def existing_evaluations(store: Store, identities: Sequence[str]) -> dict[str, EvaluationResult]:
    """Return the evaluations that the store has among these identities, by identity."""
    existing: dict[str, EvaluationResult] = {}
    with store.reading() as session:
        for start in range(0, len(identities), _BATCH_SIZE):
            chosen = EvaluationRow.identity.in_(identities[start : start + _BATCH_SIZE])
            for results in _evaluations(store, session, chosen).values():
                existing |= {each.evaluation: each for each in results}
    return existing


def _results(
    store: Store, session: Session, labels: Mapping[int, str], chosen: ColumnElement[bool]
) -> list[SubjectResults]:
    subjects = session.execute(
        select(SubjectRow, ModelRow, RecipeRow)
        .join(ModelRow, ModelRow.id == SubjectRow.model_id)
        .join(RecipeRow, RecipeRow.id == SubjectRow.recipe_id)
        .where(chosen)
        .order_by(SubjectRow.name, SubjectRow.identity)
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
    """Return evaluations by the row id of their subject, oldest first."""
    wanted = [chosen, EvaluationRow.portion == Portion.WHOLE]
    estimates = _estimates(session, wanted)
    results: dict[int, list[EvaluationResult]] = {}
    for evaluation, task, environment, arguments in session.execute(
        select(EvaluationRow, TaskRow, EnvironmentRow, RunRow.arguments)
        .join(SubjectRow, SubjectRow.id == EvaluationRow.subject_id)
        .join(TaskRow, TaskRow.id == EvaluationRow.task_id)
        .join(EnvironmentRow, EnvironmentRow.id == EvaluationRow.environment_id)
        .join(RunRow, RunRow.id == EvaluationRow.run_id)
        .where(*wanted)
        .order_by(EvaluationRow.started_at, EvaluationRow.id)
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
            estimates=tuple(each.on_task(task.definition) for each in estimates.get(evaluation.id, ())),
            observe=partial(store.observations_of, evaluation.identity),
            arguments=measured_arguments(arguments),
            notes=tuple(evaluation.notes),
            imported_from=import_file(arguments),
        )
        results.setdefault(evaluation.subject_id, []).append(result)
    return results


def _estimates(session: Session, wanted: Sequence[ColumnElement[bool]]) -> dict[int, list[EstimateRecord]]:
    """Return estimates by the row id of their evaluation."""
    numbers: dict[int, list[EstimateRecord]] = {}
    of_estimate = [getattr(EstimateRow, each.name) for each in fields(Estimate)]
    of_metric = (TaskRow.axis, EstimateRow.unit, EstimateRow.better, EstimateRow.headline)
    for evaluation_id, name, part, axis, unit, better, headline, *values in session.execute(
        select(EstimateRow.evaluation_id, EstimateRow.metric, EstimateRow.part, *of_metric, *of_estimate)
        .join(EvaluationRow, EvaluationRow.id == EstimateRow.evaluation_id)
        .join(TaskRow, TaskRow.id == EvaluationRow.task_id)
        .join(SubjectRow, SubjectRow.id == EvaluationRow.subject_id)
        .where(*wanted)
        .order_by(EstimateRow.headline.desc(), EstimateRow.metric, EstimateRow.part)
    ):
        metric = METRICS.get(name) or Metric.recorded(name, axis, unit, better, headline=headline)
        estimate = Estimate(**{each.name: value for each, value in zip(fields(Estimate), values, strict=True)})
        numbers.setdefault(evaluation_id, []).append(EstimateRecord(metric, estimate, part))
    return numbers


def record_of(kind: type[Record], row: object) -> Record:
    """Convert a row of a table to a record."""
    return kind(**{field.name: getattr(row, field.name) for field in fields(kind)})
