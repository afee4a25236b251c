"""What comes from elsewhere meets what is here: the store's own words for things stay as they are."""

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
from leaderboard.store.tables import Environment, Evaluation, Model, ObservationRow, Recipe, Subject, Task

_TABLES: Mapping[type, type[Model | Recipe | Task | Environment]] = {
    ModelRecord: Model,
    RecipeRecord: Recipe,
    TaskRecord: Task,
    EnvironmentRecord: Environment,
}
_AT_ONCE = 500
"""Databases bound how many values one statement may name."""
R = TypeVar("R", ModelRecord, RecipeRecord, TaskRecord, EnvironmentRecord)


class KnownRecords:
    """What the store says of models, recipes, tasks and environments, each asked for once.

    A task file of another version may word a description otherwise or set other anchors, by which subjects are ranked:
    those of this store count.
    """

    def __init__(self, store: Store) -> None:
        """Ask this store."""
        self._store = store
        self._asked: dict[tuple[type, str], Any] = {}

    def of(self, record: R) -> R:
        """The record of that identity as the store has it; the one given where it has none."""
        key = type(record), record.identity
        if key not in self._asked:
            table = _TABLES[type(record)]
            with self._store.reading() as session:
                row = session.scalar(select(table).where(table.identity == record.identity))
                self._asked[key] = record if row is None else record_of(type(record), row)
        known: R = self._asked[key]
        return known


@dataclass(frozen=True, slots=True)
class KnownSubject:
    """A subject as the store has it, and the identities of what it is made of."""

    record: SubjectRecord
    model: str
    recipe: str

    def agrees(self, other: SubjectResults) -> bool:
        """Whether both say the same of what it is made of; no honest document says otherwise."""
        return (self.model, self.recipe) == (other.model.identity, other.recipe.identity)


def known_subjects(store: Store, identities: Sequence[str]) -> dict[str, KnownSubject]:
    """The subjects of those identities that the store has, by identity."""
    query: Select[Any, Any, Any, Any] = (
        select(Subject.identity, Subject.name, Model.identity.label("model"), Recipe.identity.label("recipe"))
        .join(Model, Model.id == Subject.model_id)
        .join(Recipe, Recipe.id == Subject.recipe_id)
    )
    known = {}
    with store.reading() as session:
        for start in range(0, len(identities), _AT_ONCE):
            for row in session.execute(query.where(Subject.identity.in_(identities[start : start + _AT_ONCE]))):
                record = SubjectRecord(identity=row.identity, name=row.name)
                known[row.identity] = KnownSubject(record, row.model, row.recipe)
    return known


def add_observations(store: Store, evaluation: str, seen: Sequence[StoredObservation]) -> bool:
    """Keep what was seen in an evaluation that the store has the numbers of alone; whether it was needed."""
    if not seen:
        return False
    with store.writing(f"what was seen in {evaluation}") as session:
        row_id = session.scalar(select(Evaluation.id).where(Evaluation.identity == evaluation))
        there = session.scalar(select(ObservationRow.position).where(ObservationRow.evaluation_id == row_id).limit(1))
        if row_id is None or there is not None:
            return False
        session.execute(insert(ObservationRow), list(_rows(row_id, seen)))
    return True


def _rows(evaluation_id: int, seen: Sequence[StoredObservation]) -> Iterable[dict[str, Any]]:
    for position, each in enumerate(seen):
        yield {
            "evaluation_id": evaluation_id,
            "position": position,
            "example_id": each.example_id,
            "data": dict(each.data),
        }
