"""Description of a stored subject: model, recipe, arguments and evaluations, without its estimates."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from leaderboard.data.portions import Portion
from leaderboard.store.provenance import measured_arguments
from leaderboard.store.records import ModelRecord, RecipeRecord
from leaderboard.store.repository import Store
from leaderboard.store.results import record_of
from leaderboard.store.subjects import find_subject
from leaderboard.store.tables import EvaluationRow, ModelRow, RecipeRow, RunRow, SubjectRow


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSubject:
    """A subject of a store.

    Attributes:
        identity: identity of the subject.
        label: its name, unique in this store.
        model: the model.
        recipe: the recipe.
        arguments: arguments of its last run, on whole tasks where there is one.
        evaluations: identities of all its evaluations on whole tasks.
    """

    identity: str
    label: str
    model: ModelRecord
    recipe: RecipeRecord
    arguments: Mapping[str, Any]
    evaluations: tuple[str, ...]


def stored_subject(store: Store, name: str) -> StoredSubject:
    """Return the subject with this name or label, or with this start of its label or identity.

    Raises:
        RequestError: when there is none, with the nearest label, or when the name is ambiguous.
    """
    with store.reading() as session:
        row_id, label = find_subject(session, name)
        subject, model, recipe = session.execute(
            select(SubjectRow, ModelRow, RecipeRow)
            .join(ModelRow, ModelRow.id == SubjectRow.model_id)
            .join(RecipeRow, RecipeRow.id == SubjectRow.recipe_id)
            .where(SubjectRow.id == row_id)
        ).one()
        evaluated = session.execute(
            select(EvaluationRow.identity, EvaluationRow.portion, RunRow.arguments)
            .join(RunRow, RunRow.id == EvaluationRow.run_id)
            .where(EvaluationRow.subject_id == row_id)
            .order_by(EvaluationRow.started_at, EvaluationRow.id)
        ).all()
        whole = [row for row in evaluated if row.portion is Portion.WHOLE]
        return StoredSubject(
            identity=subject.identity,
            label=label,
            model=record_of(ModelRecord, model),
            recipe=record_of(RecipeRecord, recipe),
            arguments=measured_arguments((whole or evaluated)[-1].arguments) if evaluated else {},
            evaluations=tuple(row.identity for row in whole),
        )
