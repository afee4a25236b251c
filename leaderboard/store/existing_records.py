"""Records that a store already has, for imports: existing definitions take precedence."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Select, insert, select

from leaderboard.store.records import (
    EnvironmentRecord,
    ModelRecord,
    RecipeRecord,
    StoredObservation,
    SubjectRecord,
    TaskRecord,
)
from leaderboard.store.repository import Store
from leaderboard.store.results import SubjectResults, record_of
from leaderboard.store.tables import (
    EnvironmentRow,
    EvaluationRow,
    ModelRow,
    ObservationRow,
    RecipeRow,
    SubjectRow,
    TaskRow,
)

_TABLES: Mapping[type, type[ModelRow | RecipeRow | TaskRow | EnvironmentRow]] = {
    ModelRecord: ModelRow,
    RecipeRecord: RecipeRow,
    TaskRecord: TaskRow,
    EnvironmentRecord: EnvironmentRow,
}
_BATCH_SIZE = 500
"""Values in one statement, which databases limit."""
R = TypeVar("R", ModelRecord, RecipeRecord, TaskRecord, EnvironmentRecord)


class RecordLookup:
    """Models, recipes, tasks and environments of a store by identity, each queried once.

    A task file of another version may have another description or other anchors, by which subjects are ranked: those of
    this store count.
    """

    def __init__(self, store: Store) -> None:
        """Look records up in this store."""
        self._store = store
        self._asked: dict[tuple[type, str], Any] = {}

    def of(self, record: R) -> R:
        """Return the store's record with the identity of `record`; `record` itself where there is none."""
        key = type(record), record.identity
        if key not in self._asked:
            table = _TABLES[type(record)]
            with self._store.reading() as session:
                row = session.scalar(select(table).where(table.identity == record.identity))
                self._asked[key] = record if row is None else record_of(type(record), row)
        stored: R = self._asked[key]
        return stored


@dataclass(frozen=True, slots=True)
class ExistingSubject:
    """A subject of the store, with the identities of its model and recipe."""

    record: SubjectRecord
    model: str
    recipe: str

    def agrees(self, other: SubjectResults) -> bool:
        """Whether both have the same model and recipe, as in every document that is not forged."""
        return (self.model, self.recipe) == (other.model.identity, other.recipe.identity)


def existing_subjects(store: Store, identities: Sequence[str]) -> dict[str, ExistingSubject]:
    """Return the subjects that the store has among these identities, by identity."""
    query: Select[Any, Any, Any, Any] = (
        select(
            SubjectRow.identity, SubjectRow.name, ModelRow.identity.label("model"), RecipeRow.identity.label("recipe")
        )
        .join(ModelRow, ModelRow.id == SubjectRow.model_id)
        .join(RecipeRow, RecipeRow.id == SubjectRow.recipe_id)
    )
    subjects = {}
    with store.reading() as session:
        for start in range(0, len(identities), _BATCH_SIZE):
            for row in session.execute(query.where(SubjectRow.identity.in_(identities[start : start + _BATCH_SIZE]))):
                record = SubjectRecord(identity=row.identity, name=row.name)
                subjects[row.identity] = ExistingSubject(record, row.model, row.recipe)
    return subjects


def add_observations(store: Store, evaluation: str, observations: Sequence[StoredObservation]) -> bool:
    """Store the observations of an evaluation that has none yet, and return whether they were stored."""
    if not observations:
        return False
    with store.writing(f"observations of {evaluation}") as session:
        row_id = session.scalar(select(EvaluationRow.id).where(EvaluationRow.identity == evaluation))
        existing = session.scalar(
            select(ObservationRow.position).where(ObservationRow.evaluation_id == row_id).limit(1)
        )
        if row_id is None or existing is not None:
            return False
        session.execute(insert(ObservationRow), list(_rows(row_id, observations)))
    return True


def _rows(evaluation_id: int, observations: Sequence[StoredObservation]) -> Iterable[dict[str, Any]]:
    for position, each in enumerate(observations):
        yield {
            "evaluation_id": evaluation_id,
            "position": position,
            "example_id": each.example_id,
            "data": dict(each.data),
        }
