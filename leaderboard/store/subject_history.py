"""History of a subject: all its evaluations, on whole tasks or for a search, and other subjects of its model."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, func, select

from leaderboard.data.portions import Portion
from leaderboard.store.records import StoredEvaluation
from leaderboard.store.repository import Store, stored_evaluation
from leaderboard.store.subjects import subject_labels
from leaderboard.store.tables import (
    EnvironmentRow,
    EvaluationRow,
    ModelRow,
    ObservationRow,
    RecipeRow,
    SubjectRow,
    TaskRow,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedSubject:
    """A subject whose model has the same name.

    Attributes:
        identity: identity of the subject.
        label: its name, unique in this store.
        revision: revision of its weights.
        dtype: data type of its floating-point weights.
        recipe: name of its recipe.
        seed: seed of its recipe.
    """

    identity: str
    label: str
    revision: str
    dtype: str
    recipe: str
    seed: int


@dataclass(frozen=True, slots=True)
class DeviceEvaluation:
    """An evaluation with its device and number of threads."""

    evaluation: StoredEvaluation
    device: str


def board_subjects(store: Store) -> dict[str, str]:
    """Return the identities of subjects with results on whole tasks, or of all if there are none, by sorted label."""
    with store.reading() as session:
        labels = subject_labels(session)
        whole = set(
            session.scalars(select(EvaluationRow.subject_id).where(EvaluationRow.portion == Portion.WHOLE).distinct())
        )
        identities = session.execute(select(SubjectRow.id, SubjectRow.identity)).all()
        return dict(sorted((labels[key], identity) for key, identity in identities if not whole or key in whole))


def last_observations(store: Store, evaluations: Collection[str]) -> dict[str, Mapping[str, Any]]:
    """Return the last observation of each evaluation, which shows its format, without reading them all.

    Args:
        store: the store.
        evaluations: identities of the evaluations; those without observations are not in the result.
    """
    last = (
        select(ObservationRow.evaluation_id, func.max(ObservationRow.position).label("position"))
        .join(EvaluationRow, EvaluationRow.id == ObservationRow.evaluation_id)
        .where(EvaluationRow.identity.in_(evaluations))
        .group_by(ObservationRow.evaluation_id)
        .subquery()
    )
    with store.reading() as session:
        rows = session.execute(
            select(EvaluationRow.identity, ObservationRow.data)
            .join(last, last.c.evaluation_id == EvaluationRow.id)
            .join(
                ObservationRow,
                and_(ObservationRow.evaluation_id == last.c.evaluation_id, ObservationRow.position == last.c.position),
            )
        ).all()
        return {row.identity: row.data for row in rows if isinstance(row.data, dict)}


def evaluations_of(store: Store, subject: str) -> list[DeviceEvaluation]:
    """Return every evaluation of a subject on any portion, oldest first.

    Args:
        store: the store.
        subject: identity of the subject.
    """
    with store.reading() as session:
        labels = subject_labels(session)
        rows = session.execute(
            select(EvaluationRow, TaskRow, EnvironmentRow)
            .join(TaskRow, TaskRow.id == EvaluationRow.task_id)
            .join(EnvironmentRow, EnvironmentRow.id == EvaluationRow.environment_id)
            .join(SubjectRow, SubjectRow.id == EvaluationRow.subject_id)
            .where(SubjectRow.identity == subject)
            .order_by(EvaluationRow.started_at, EvaluationRow.id)
        ).all()
        return [
            DeviceEvaluation(
                stored_evaluation(evaluation, task, subject, labels[evaluation.subject_id]),
                f"{environment.device} · {environment.threads}",
            )
            for evaluation, task, environment in rows
        ]


def related_subjects(store: Store, model: str) -> list[RelatedSubject]:
    """Return the subjects whose model has this name, sorted by label."""
    with store.reading() as session:
        labels = subject_labels(session)
        rows = session.execute(
            select(SubjectRow, ModelRow, RecipeRow)
            .join(ModelRow, ModelRow.id == SubjectRow.model_id)
            .join(RecipeRow, RecipeRow.id == SubjectRow.recipe_id)
            .where(ModelRow.name == model)
        ).all()
        subjects = [
            RelatedSubject(
                identity=subject.identity,
                label=labels[subject.id],
                revision=weights.revision,
                dtype=weights.dtype,
                recipe=recipe.name,
                seed=recipe.seed,
            )
            for subject, weights, recipe in rows
        ]
    return sorted(subjects, key=lambda each: each.label)
