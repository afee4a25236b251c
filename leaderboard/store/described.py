"""Described: all that the store knows about one subject apart from its numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from leaderboard.data.portions import Portion
from leaderboard.store.provenance import asked_for
from leaderboard.store.records import ModelRecord, RecipeRecord
from leaderboard.store.repository import Store
from leaderboard.store.results import record_of
from leaderboard.store.subjects import find_subject
from leaderboard.store.tables import Evaluation, Model, Recipe, Run, Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSubject:
    """A subject as the store has it.

    Attributes:
        label: its name, unique in this store.
        arguments: of the call that measured it last, on whole tasks where it was.
        evaluations: identities of all its evaluations on whole tasks.
    """

    identity: str
    label: str
    model: ModelRecord
    recipe: RecipeRecord
    arguments: Mapping[str, Any]
    evaluations: tuple[str, ...]


def stored_subject(store: Store, asked: str) -> StoredSubject:
    """The subject of that name, label, or start of either or of the identity.

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
            select(Evaluation.identity, Evaluation.portion, Run.arguments)
            .join(Run, Run.id == Evaluation.run_id)
            .where(Evaluation.subject_id == row_id)
            .order_by(Evaluation.started_at, Evaluation.id)
        ).all()
        whole = [row for row in evaluated if row.portion is Portion.WHOLE]
        return StoredSubject(
            identity=subject.identity,
            label=label,
            model=record_of(ModelRecord, model),
            recipe=record_of(RecipeRecord, recipe),
            arguments=asked_for((whole or evaluated)[-1].arguments) if evaluated else {},
            evaluations=tuple(row.identity for row in whole),
        )
