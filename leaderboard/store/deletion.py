"""Deletion: evaluations leave the store, and with them what nothing else refers to any more."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, exists, select
from sqlalchemy.orm import Session

from leaderboard.data.portions import Portion
from leaderboard.errors import RequestError, unknown_name
from leaderboard.stats.estimate import Status
from leaderboard.store.repository import Store
from leaderboard.store.subjects import find_subject
from leaderboard.store.tables import Evaluation, Model, Recipe, Run, Study, Subject, Task, Trial

_AT_ONCE = 500
"""Databases bound how many values one statement may name."""
_SHORTEST = 4
"""Characters of an identity that name an evaluation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which evaluations of whole tasks are meant: those that all of these leave.

    Attributes:
        evaluation: the start of an identity.
        subject: a name or label, or the start of an identity.
        task: a name.
        run: a number.
        failed: only those that failed.
    """

    evaluation: str | None = None
    subject: str | None = None
    task: str | None = None
    run: int | None = None
    failed: bool = False

    @property
    def is_everything(self) -> bool:
        """Whether it leaves every evaluation of the store."""
        return self == Selection()


def selected_evaluations(store: Store, selection: Selection) -> list[str]:
    """Identities of the evaluations that a selection leaves, oldest first.

    Raises:
        RequestError: for a subject, task, run or evaluation that is not there, with the nearest name.
    """
    with store.reading() as session:
        chosen = [Evaluation.portion == Portion.WHOLE, *_conditions(session, selection)]
        query = select(Evaluation.identity).where(*chosen).order_by(Evaluation.started_at, Evaluation.id)
        return list(session.scalars(query))


def delete_evaluations(store: Store, identities: Sequence[str]) -> int:
    """Delete evaluations with their estimates and observations; gives how many there were.

    Subjects, tasks, models and recipes that nothing refers to any more go, too; runs and environments stay.
    """
    deleted = 0
    with store.writing("the deletion") as session:
        for start in range(0, len(identities), _AT_ONCE):
            chosen = Evaluation.identity.in_(identities[start : start + _AT_ONCE])
            deleted += len(session.execute(delete(Evaluation).where(chosen).returning(Evaluation.id)).all())
        _delete_orphans(session)
    return deleted


def _conditions(session: Session, selection: Selection) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if selection.evaluation is not None:
        conditions.append(_of_identity(session, selection.evaluation))
    if selection.subject is not None:
        conditions.append(Evaluation.subject_id == find_subject(session, selection.subject)[0])
    if selection.task is not None:
        known = set(session.scalars(select(Task.name)))
        if selection.task not in known:
            raise unknown_name("task", selection.task, known, where="--task", see="leaderboard results")
        conditions.append(Evaluation.task_id.in_(select(Task.id).where(Task.name == selection.task)))
    if selection.run is not None:
        if session.get(Run, selection.run) is None:
            raise RequestError(f"--run {selection.run}: the store has no such run")
        conditions.append(Evaluation.run_id == selection.run)
    if selection.failed:
        conditions.append(Evaluation.status == Status.FAILED)
    return conditions


def _of_identity(session: Session, start: str) -> ColumnElement[bool]:
    if len(start) < _SHORTEST or not set(start) <= set("0123456789abcdef"):
        raise RequestError(f"--evaluation {start}: is not the start of an identity (see `leaderboard export`)")
    found = list(session.scalars(select(Evaluation.identity).where(Evaluation.identity.startswith(start))))
    if len(found) != 1:
        how = f"could be {len(found)} evaluations" if found else "the store has no such evaluation"
        raise RequestError(f"--evaluation {start}: {how}")
    return Evaluation.identity == found[0]


def _delete_orphans(session: Session) -> None:
    """Rows that only deleted evaluations referred to; what a search names stays."""
    session.execute(
        delete(Subject).where(
            ~exists().where(Evaluation.subject_id == Subject.id), ~exists().where(Trial.subject == Subject.identity)
        )
    )
    session.execute(delete(Task).where(~exists().where(Evaluation.task_id == Task.id)))
    session.execute(delete(Recipe).where(~exists().where(Subject.recipe_id == Recipe.id)))
    session.execute(
        delete(Model).where(~exists().where(Subject.model_id == Model.id), ~exists().where(Study.model_id == Model.id))
    )
