"""Runs and searches whose process was killed, so that nothing in the store says that they still run.

A run that has not ended has a row in the table of leases, with the process that it is in; the end of the run deletes
it. A process of another machine counts as alive.
"""

from sqlalchemy import String, cast, delete, literal, select, update
from sqlalchemy.orm import Session

from leaderboard.store.column_types import shown_line
from leaderboard.store.process_ids import has_ended, process_id
from leaderboard.store.records import RunStatus
from leaderboard.store.tables import LeaseRow, RunRow

STUDY = "study"
"""Argument of the runs of a search: the name of its study."""


def hold_run(session: Session, run_id: int) -> None:
    """Record that a run is in this process."""
    session.add(LeaseRow(evaluation_identity=_key(run_id), holder=process_id(), beats=0))


def release_run(session: Session, run_id: int) -> None:
    """Record that a run is in no process any more."""
    session.execute(delete(LeaseRow).where(LeaseRow.evaluation_identity == _key(run_id)))


def end_killed_runs(session: Session) -> None:
    """Record every run whose process was killed as interrupted; when it was killed is not known.

    A run of an earlier version names no process. One that is still alive says so itself when it ends.
    """
    alive = _alive(session)
    running = session.scalars(select(RunRow.id).where(RunRow.status == RunStatus.RUNNING))
    for run_id in [each for each in running if each not in alive]:
        session.execute(update(RunRow).where(RunRow.id == run_id).values(status=RunStatus.INTERRUPTED))
        release_run(session, run_id)


def abandoned_studies(session: Session) -> frozenset[str]:
    """Return the names of the studies that were searched once, and that no process searches now."""
    alive = _alive(session)
    searches = session.execute(
        select(RunRow.id, RunRow.arguments).where(cast(RunRow.arguments, String).contains(f'"{STUDY}"'))
    )
    names: dict[bool, set[str]] = {True: set(), False: set()}
    for run_id, arguments in searches:
        name = arguments.get(STUDY) if isinstance(arguments, dict) else None
        if isinstance(name, str):
            names[run_id in alive].add(shown_line(name))
    return frozenset(names[False] - names[True])


def _alive(session: Session) -> set[int]:
    """Return the runs that have not ended and whose process has not either, as far as this machine knows."""
    key = literal(_key("")).concat(cast(RunRow.id, String))
    rows = session.execute(
        select(RunRow.id, LeaseRow.holder)
        .join(LeaseRow, LeaseRow.evaluation_identity == key)
        .where(RunRow.status == RunStatus.RUNNING)
    )
    return {run_id for run_id, holder in rows if not has_ended(holder)}


def _key(run_id: int | str) -> str:
    return f"run:{run_id}"
