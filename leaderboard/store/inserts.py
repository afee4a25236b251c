"""Insertion of evaluations and estimates, several in one statement."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from leaderboard.stats.estimate import Status
from leaderboard.store.errors import NotStorableError
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
    EnvironmentRow,
    EstimateRow,
    EvaluationRow,
    ModelRow,
    ObservationRow,
    RecipeRow,
    SubjectRow,
    TaskRow,
)
from leaderboard.store.upserts import HasIdentity, column_values, inserted_rows, upsert

Record = EnvironmentRecord | ModelRecord | RecipeRecord | SubjectRecord | TaskRecord
_BATCH_SIZE = 500
"""Values in one statement, which databases limit."""


@dataclass(frozen=True, slots=True)
class NewEvaluation:
    """An evaluation to store.

    Attributes:
        run_id: id of its run.
        evaluation: the evaluation.
        estimates: its estimates, at most one for each metric and part.
        observations: (example id, observation) in the order of the examples; ids are unique.
    """

    run_id: int
    evaluation: EvaluationRecord
    estimates: Sequence[EstimateRecord]
    observations: Sequence[tuple[str, Mapping[str, Any]]]

    @property
    def label(self) -> str:
        """The subject and the task, for messages."""
        return f"{self.evaluation.subject.name} on {self.evaluation.task.name}"

    def refuse_duplicates(self) -> None:
        """Check that examples and metrics are unique, as the tables require.

        Raises:
            NotStorableError: for an example or a metric that occurs twice.
        """
        refuse_duplicates(self.label, "example", [example_id for example_id, _ in self.observations])
        refuse_duplicates(self.label, "metric", [(each.metric.name, each.part) for each in self.estimates])


class UpsertedRows:
    """Row ids of records that evaluations refer to, each upserted once in a transaction."""

    def __init__(self, session: Session) -> None:
        """Start without rows."""
        self._session = session
        self._rows: dict[tuple[type, str], tuple[Record, Mapping[str, int], int]] = {}

    def id_of(self, table: type[HasIdentity], record: Record, **references: int) -> int:
        """Return the row id of a record, which is inserted or replaces the row with its identity."""
        key = table, record.identity
        if (same := self._rows.get(key)) is None or same[:2] != (record, references):
            same = record, references, upsert(self._session, table, {**column_values(record), **references})
            self._rows[key] = same
        return same[2]


def insert_evaluations(session: Session, new: Sequence[NewEvaluation]) -> list[bool]:
    """Insert evaluations with their estimates and observations; earlier failed ones are replaced.

    Returns:
        Whether each was inserted; False where one with its identity is already stored.
    """
    for start in range(0, len(new), _BATCH_SIZE):
        identities = [each.evaluation.identity for each in new[start : start + _BATCH_SIZE]]
        same = EvaluationRow.identity.in_(identities)
        session.execute(delete(EvaluationRow).where(same, EvaluationRow.status == Status.FAILED))
    rows = UpsertedRows(session)
    ids = inserted_rows(session, EvaluationRow, [_values(rows, each) for each in new])
    places = [ids.pop(each.evaluation.identity, None) for each in new]  # the first of two with one identity counts
    kept = [(row_id, each) for row_id, each in zip(places, new, strict=True) if row_id is not None]
    insert_estimates(session, ((row_id, each.estimates, each.evaluation.task.definition) for row_id, each in kept))
    observations = [
        {"evaluation_id": row_id, "position": position, "example_id": example_id, "data": dict(data)}
        for row_id, each in kept
        for position, (example_id, data) in enumerate(each.observations)
    ]
    if observations:
        session.execute(insert(ObservationRow), observations)
    return [row_id is not None for row_id in places]


def insert_estimates(
    session: Session, estimates: Iterable[tuple[int, Sequence[EstimateRecord], Mapping[str, Any]]]
) -> None:
    """Insert the estimates of evaluations, given by row id with the definition of the task, which sets headlines."""
    rows = [
        {
            "evaluation_id": evaluation_id,
            "metric": each.metric.name,
            "part": each.part,
            "unit": each.metric.unit,
            "better": each.metric.better,
            "headline": each.on_task(definition).metric.headline and not each.part,  # the whole counts
            **{field.name: getattr(each.estimate, field.name) for field in fields(each.estimate)},
        }
        for evaluation_id, numbers, definition in estimates
        for each in numbers
    ]
    if rows:
        session.execute(insert(EstimateRow), rows)


def refuse_duplicates(label: str, kind: str, names: Sequence[object]) -> None:
    """Check that names are unique.

    Raises:
        NotStorableError: names the first duplicate.
    """
    if len(set(names)) < len(names):
        twice = next(name for name, count in Counter(names).items() if count > 1)
        raise NotStorableError(f"{label}: cannot be stored: {kind} {twice!r} occurs twice")


def _values(rows: UpsertedRows, new: NewEvaluation) -> dict[str, Any]:
    """Return the column values of an evaluation, and upsert its subject, task and environment."""
    evaluation = new.evaluation
    made_of = {
        "model_id": rows.id_of(ModelRow, evaluation.model),
        "recipe_id": rows.id_of(RecipeRow, evaluation.recipe),
    }
    return {
        "identity": evaluation.identity,
        "subject_id": rows.id_of(SubjectRow, evaluation.subject, **made_of),
        "task_id": rows.id_of(TaskRow, evaluation.task),
        "environment_id": rows.id_of(EnvironmentRow, evaluation.environment),
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
