"""Results: everything that is known of one subject, evaluation by evaluation, apart from the store it came from.

What is compared, gated and written into documents is this value; a document that is read becomes it again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import partial
from typing import TypeVar

from sqlalchemy import select

from leaderboard.axes.catalogue import METRICS
from leaderboard.data.portions import Portion
from leaderboard.stats.estimate import Estimate, Status
from leaderboard.store.records import (
    EnvironmentRecord,
    EstimateRecord,
    ModelRecord,
    RecipeRecord,
    StoredObservation,
    TaskRecord,
)
from leaderboard.store.repository import Store
from leaderboard.store.subjects import find_subject
from leaderboard.store.tables import Environment, EstimateRow, Evaluation, Model, Recipe, Subject, Task

Record = TypeVar("Record", ModelRecord, RecipeRecord, TaskRecord, EnvironmentRecord)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationResult:
    """One evaluation of a subject on a whole task.

    Attributes:
        evaluation: its identity.
        estimates: its numbers; none of a metric that this program no longer knows.
        observe: reads what was seen, which is much; nothing where a document left it out.
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
        subject, model, recipe = session.execute(
            select(Subject, Model, Recipe)
            .join(Model, Model.id == Subject.model_id)
            .join(Recipe, Recipe.id == Subject.recipe_id)
            .where(Subject.id == row_id)
        ).one()
        evaluated = session.execute(
            select(Evaluation, Task, Environment)
            .join(Task, Task.id == Evaluation.task_id)
            .join(Environment, Environment.id == Evaluation.environment_id)
            .where(Evaluation.subject_id == row_id, Evaluation.portion == Portion.WHOLE)
            .order_by(Evaluation.started_at, Evaluation.id)
        ).all()
        numbers: dict[int, list[EstimateRecord]] = {row.Evaluation.id: [] for row in evaluated}
        for row in session.scalars(
            select(EstimateRow)
            .where(EstimateRow.evaluation_id.in_(numbers))
            .order_by(EstimateRow.headline.desc(), EstimateRow.metric, EstimateRow.part)
        ):
            if row.metric in METRICS:
                numbers[row.evaluation_id].append(EstimateRecord(METRICS[row.metric], _estimate(row), row.part))
        return SubjectResults(
            identity=subject.identity,
            name=subject.name,
            label=label,
            model=record_of(ModelRecord, model),
            recipe=record_of(RecipeRecord, recipe),
            evaluations=tuple(
                EvaluationResult(
                    evaluation=evaluation.identity,
                    task=record_of(TaskRecord, task),
                    environment=record_of(EnvironmentRecord, environment),
                    seed=evaluation.seed,
                    limit=evaluation.limit,
                    status=evaluation.status,
                    reason=evaluation.reason,
                    started_at=evaluation.started_at,
                    duration_s=evaluation.duration_s,
                    estimates=tuple(numbers[evaluation.id]),
                    observe=partial(store.observations_of, evaluation.identity),
                )
                for evaluation, task, environment in evaluated
            ),
        )


def record_of(kind: type[Record], row: object) -> Record:
    """A row of a table as the record that it was made of."""
    return kind(**{field.name: getattr(row, field.name) for field in fields(kind)})


def _estimate(row: EstimateRow) -> Estimate:
    return Estimate(row.status, row.value, row.low, row.high, n=row.n, method=row.method, reason=row.reason)
