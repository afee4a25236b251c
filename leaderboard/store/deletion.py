"""Deletion of evaluations, and of everything that nothing else refers to any more."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, exists, select
from sqlalchemy.orm import Session

from leaderboard.data.portions import Portion
from leaderboard.errors import RequestError, unknown_name
from leaderboard.stats.estimate import Status
from leaderboard.store.repository import Store
from leaderboard.store.subjects import find_subject
from leaderboard.store.tables import EvaluationRow, ModelRow, RecipeRow, RunRow, StudyRow, SubjectRow, TaskRow, TrialRow

_BATCH_SIZE = 500
"""Values in one statement, which databases limit."""
_SHORTEST = 4
"""Minimum length of the start of an identity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Filters of evaluations on whole tasks; an evaluation must match all of them.

    Attributes:
        evaluation: start of the identity of an evaluation.
        subject: name or label of a subject, or start of its identity.
        task: name of a task.
        run: number of a run.
        failed: whether to select failed evaluations only.
    """

    evaluation: str | None = None
    subject: str | None = None
    task: str | None = None
    run: int | None = None
    failed: bool = False

    @property
    def is_everything(self) -> bool:
        """Whether every evaluation of the store matches."""
        return self == Selection()


def selected_evaluations(store: Store, selection: Selection) -> list[str]:
    """Return the identities of the selected evaluations, oldest first.

    Raises:
        RequestError: for an unknown subject, task, run or evaluation, with the nearest name.
    """
    with store.reading() as session:
        chosen = [EvaluationRow.portion == Portion.WHOLE, *_conditions(session, selection)]
        query = select(EvaluationRow.identity).where(*chosen).order_by(EvaluationRow.started_at, EvaluationRow.id)
        return list(session.scalars(query))


def delete_evaluations(store: Store, identities: Sequence[str]) -> int:
    """Delete evaluations with their estimates and observations, and return how many were deleted.

    Subjects, tasks, models and recipes that nothing refers to any more are deleted, too; runs and environments stay.
    """
    deleted = 0
    with store.writing("the deletion") as session:
        for start in range(0, len(identities), _BATCH_SIZE):
            chosen = EvaluationRow.identity.in_(identities[start : start + _BATCH_SIZE])
            deleted += len(session.execute(delete(EvaluationRow).where(chosen).returning(EvaluationRow.id)).all())
        _delete_orphans(session)
    return deleted


def _conditions(session: Session, selection: Selection) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if selection.evaluation is not None:
        conditions.append(_of_identity(session, selection.evaluation))
    if selection.subject is not None:
        conditions.append(EvaluationRow.subject_id == find_subject(session, selection.subject)[0])
    if selection.task is not None:
        names = set(session.scalars(select(TaskRow.name)))
        if selection.task not in names:
            raise unknown_name("task", selection.task, names, where="--task", see="leaderboard results")
        conditions.append(EvaluationRow.task_id.in_(select(TaskRow.id).where(TaskRow.name == selection.task)))
    if selection.run is not None:
        if session.get(RunRow, selection.run) is None:
            raise RequestError(f"--run {selection.run}: the store has no such run")
        conditions.append(EvaluationRow.run_id == selection.run)
    if selection.failed:
        conditions.append(EvaluationRow.status == Status.FAILED)
    return conditions


def _of_identity(session: Session, start: str) -> ColumnElement[bool]:
    if len(start) < _SHORTEST or not set(start) <= set("0123456789abcdef"):
        raise RequestError(f"--evaluation {start}: not the start of an identity (see `leaderboard export`)")
    matches = list(session.scalars(select(EvaluationRow.identity).where(EvaluationRow.identity.startswith(start))))
    if len(matches) != 1:
        how = f"ambiguous, {len(matches)} evaluations match" if matches else "the store has no such evaluation"
        raise RequestError(f"--evaluation {start}: {how}")
    return EvaluationRow.identity == matches[0]


def _delete_orphans(session: Session) -> None:
    """Delete rows that only deleted evaluations referred to, except those of a search."""
    session.execute(
        delete(SubjectRow).where(
            ~exists().where(EvaluationRow.subject_id == SubjectRow.id),
            ~exists().where(TrialRow.subject == SubjectRow.identity),
        )
    )
    session.execute(delete(TaskRow).where(~exists().where(EvaluationRow.task_id == TaskRow.id)))
    session.execute(delete(RecipeRow).where(~exists().where(SubjectRow.recipe_id == RecipeRow.id)))
    session.execute(
        delete(ModelRow).where(
            ~exists().where(SubjectRow.model_id == ModelRow.id), ~exists().where(StudyRow.model_id == ModelRow.id)
        )
    )
