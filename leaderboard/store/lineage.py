"""Lineage: all evaluations of one subject, on whole tasks or for a search, and the subjects of one model's name."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, func, select

from leaderboard.data.portions import Portion
from leaderboard.store.records import StoredEvaluation
from leaderboard.store.repository import Store, stored_evaluation
from leaderboard.store.subjects import subject_labels
from leaderboard.store.tables import Environment, Evaluation, Model, ObservationRow, Recipe, Subject, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Relative:
    """A subject among those of one model's name.

    Attributes:
        identity: of the subject.
        label: its name, unique in this store.
        revision: of its weights.
        dtype: of its floating-point weights.
        recipe: what was done to them.
        seed: of its recipe.
    """

    identity: str
    label: str
    revision: str
    dtype: str
    recipe: str
    seed: int


@dataclass(frozen=True, slots=True)
class Evaluated:
    """An evaluation and the device it ran on, with its threads."""

    evaluation: StoredEvaluation
    device: str


def subjects_shown(store: Store) -> list[str]:
    """Labels of the subjects measured on whole tasks, in order; where none is, of those that searches made."""
    with store.reading() as session:
        labels = subject_labels(session)
        whole = session.scalars(select(Evaluation.subject_id).where(Evaluation.portion == Portion.WHOLE).distinct())
        return sorted([labels[each] for each in whole] or labels.values())


def last_seen(store: Store, evaluations: Collection[str]) -> dict[str, Mapping[str, Any]]:
    """The last observation of each evaluation, which tells what was kept of it, without reading them all.

    Args:
        store: where from.
        evaluations: their identities; one that kept nothing is not in the answer.
    """
    last = (
        select(ObservationRow.evaluation_id, func.max(ObservationRow.position).label("position"))
        .join(Evaluation, Evaluation.id == ObservationRow.evaluation_id)
        .where(Evaluation.identity.in_(evaluations))
        .group_by(ObservationRow.evaluation_id)
        .subquery()
    )
    with store.reading() as session:
        rows = session.execute(
            select(Evaluation.identity, ObservationRow.data)
            .join(last, last.c.evaluation_id == Evaluation.id)
            .join(
                ObservationRow,
                and_(ObservationRow.evaluation_id == last.c.evaluation_id, ObservationRow.position == last.c.position),
            )
        ).all()
        return {row.identity: row.data for row in rows}


def evaluations_of(store: Store, subject: str) -> list[Evaluated]:
    """Every evaluation of a subject on any portion, oldest first.

    Args:
        store: where from.
        subject: its identity.
    """
    with store.reading() as session:
        labels = subject_labels(session)
        rows = session.execute(
            select(Evaluation, Task, Environment)
            .join(Task, Task.id == Evaluation.task_id)
            .join(Environment, Environment.id == Evaluation.environment_id)
            .join(Subject, Subject.id == Evaluation.subject_id)
            .where(Subject.identity == subject)
            .order_by(Evaluation.started_at, Evaluation.id)
        ).all()
        return [
            Evaluated(
                stored_evaluation(evaluation, task, subject, labels[evaluation.subject_id]),
                f"{environment.device} · {environment.threads}",
            )
            for evaluation, task, environment in rows
        ]


def relatives(store: Store, model: str) -> list[Relative]:
    """The subjects made of models of that name, in the order of their labels."""
    with store.reading() as session:
        labels = subject_labels(session)
        rows = session.execute(
            select(Subject, Model, Recipe)
            .join(Model, Model.id == Subject.model_id)
            .join(Recipe, Recipe.id == Subject.recipe_id)
            .where(Model.name == model)
        ).all()
        found = [
            Relative(
                identity=subject.identity,
                label=labels[subject.id],
                revision=known.revision,
                dtype=known.dtype,
                recipe=recipe.name,
                seed=recipe.seed,
            )
            for subject, known, recipe in rows
        ]
    return sorted(found, key=lambda each: each.label)
