"""Evaluations and estimates enter the tables, several in one statement each."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from leaderboard.stats.estimate import Status
from leaderboard.store.failures import NotStorableError
from leaderboard.store.records import (
    EnvironmentRecord,
    EstimateRecord,
    EvaluationRecord,
    ModelRecord,
    RecipeRecord,
    SubjectRecord,
    TaskRecord,
)
from leaderboard.store.tables import (
    Environment,
    EstimateRow,
    Evaluation,
    Model,
    ObservationRow,
    Recipe,
    Subject,
    Task,
)
from leaderboard.store.upserts import HasIdentity, columns, inserted_rows, upserted

Record = EnvironmentRecord | ModelRecord | RecipeRecord | SubjectRecord | TaskRecord
_AT_ONCE = 500
"""Databases bound how many values one statement may name."""


@dataclass(frozen=True, slots=True)
class NewEvaluation:
    """An evaluation to keep.

    Attributes:
        run_id: the run that it belongs to.
        evaluation: what was measured on what, where and when.
        estimates: its numbers, no two of the same metric and part.
        observations: (example id, what was seen) in the order of the examples; ids are unique.
    """

    run_id: int
    evaluation: EvaluationRecord
    estimates: Sequence[EstimateRecord]
    observations: Sequence[tuple[str, Mapping[str, Any]]]

    @property
    def label(self) -> str:
        """The subject and the task, for messages."""
        return f"{self.evaluation.subject.name} on {self.evaluation.task.name}"

    def refuse_twice(self) -> None:
        """Check what the tables want to be unique.

        Raises:
            NotStorableError: for an example or a metric that comes twice.
        """
        refuse_twice(self.label, "example", [example_id for example_id, _ in self.observations])
        refuse_twice(self.label, "metric", [(each.metric.name, each.part) for each in self.estimates])


class UpsertedRows:
    """Row ids of what evaluations point to, each brought up to date once in a transaction."""

    def __init__(self, session: Session) -> None:
        """Start with none."""
        self._session = session
        self._rows: dict[tuple[type, str], tuple[Record, Mapping[str, int], int]] = {}

    def id_of(self, table: type[HasIdentity], record: Record, **references: int) -> int:
        """Row id of a record, which is inserted, or replaces what the row of that identity said."""
        key = table, record.identity
        if (same := self._rows.get(key)) is None or same[:2] != (record, references):
            same = record, references, upserted(self._session, table, {**columns(record), **references})
            self._rows[key] = same
        return same[2]


def insert_evaluations(session: Session, new: Sequence[NewEvaluation]) -> list[bool]:
    """Insert evaluations with their estimates and observations; those that failed before are replaced.

    Returns:
        Whether each was inserted; False where one of its identity is kept already.
    """
    for start in range(0, len(new), _AT_ONCE):
        identities = [each.evaluation.identity for each in new[start : start + _AT_ONCE]]
        same = Evaluation.identity.in_(identities)
        session.execute(delete(Evaluation).where(same, Evaluation.status == Status.FAILED))
    rows = UpsertedRows(session)
    ids = inserted_rows(session, Evaluation, [_values(rows, each) for each in new])
    places = [ids.pop(each.evaluation.identity, None) for each in new]  # of two of one identity the first is kept
    kept = [(row_id, each) for row_id, each in zip(places, new, strict=True) if row_id is not None]
    insert_estimates(session, ((row_id, each.estimates) for row_id, each in kept))
    observations = [
        {"evaluation_id": row_id, "position": position, "example_id": example_id, "data": dict(data)}
        for row_id, each in kept
        for position, (example_id, data) in enumerate(each.observations)
    ]
    if observations:
        session.execute(insert(ObservationRow), observations)
    return [row_id is not None for row_id in places]


def insert_estimates(session: Session, estimates: Iterable[tuple[int, Sequence[EstimateRecord]]]) -> None:
    """Insert the estimates of evaluations, given by row id."""
    rows = [
        {
            "evaluation_id": evaluation_id,
            "metric": each.metric.name,
            "part": each.part,
            "unit": each.metric.unit,
            "better": each.metric.better,
            "headline": each.metric.headline and not each.part,  # a part informs; the whole counts
            **{field.name: getattr(each.estimate, field.name) for field in fields(each.estimate)},
        }
        for evaluation_id, numbers in estimates
        for each in numbers
    ]
    if rows:
        session.execute(insert(EstimateRow), rows)


def refuse_twice(label: str, kind: str, names: Sequence[object]) -> None:
    """Check that names are unique.

    Raises:
        NotStorableError: naming the first that comes twice.
    """
    if len(set(names)) < len(names):
        twice = next(name for name, count in Counter(names).items() if count > 1)
        raise NotStorableError(f"{label}: cannot be stored: {kind} {twice!r} comes twice")


def _values(rows: UpsertedRows, new: NewEvaluation) -> dict[str, Any]:
    """The columns of an evaluation, whose subject, task and environment are brought up to date."""
    evaluation = new.evaluation
    made_of = {"model_id": rows.id_of(Model, evaluation.model), "recipe_id": rows.id_of(Recipe, evaluation.recipe)}
    return {
        "identity": evaluation.identity,
        "subject_id": rows.id_of(Subject, evaluation.subject, **made_of),
        "task_id": rows.id_of(Task, evaluation.task),
        "environment_id": rows.id_of(Environment, evaluation.environment),
        "run_id": new.run_id,
        "seed": evaluation.seed,
        "limit": evaluation.limit,
        "portion": evaluation.portion,
        "status": evaluation.status,
        "reason": evaluation.reason,
        "started_at": evaluation.started_at,
        "duration_s": evaluation.duration_s,
        "notes": list(evaluation.notes),
    }
