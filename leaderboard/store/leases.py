"""Leases, by which several processes on one run share its evaluations instead of measuring all of them."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Select, delete, select, update
from sqlalchemy.orm import Session

from leaderboard.errors import LeaderboardError
from leaderboard.store.process_ids import has_ended, process_id, process_label
from leaderboard.store.repository import Store
from leaderboard.store.tables import LeaseRow
from leaderboard.store.upserts import insert_statement

HEARTBEAT_S = 5.0
TIMEOUT_S = 30.0
"""Seconds without a heartbeat after which a lease of another machine expires."""


@dataclass(frozen=True, slots=True)
class _ForeignLease:
    """A lease of another process: its heartbeats, and the monotonic time of the last one."""

    holder: str
    beats: int
    since: float


class Leases:
    """The leases of this process in a store, and those of other processes that it waits for."""

    def __init__(self, store: Store, *, heartbeat_s: float = HEARTBEAT_S, timeout_s: float = TIMEOUT_S) -> None:
        self._store = store
        self._holder = f"{process_id()}:{id(self)}"  # two runs in one process are two holders
        self._heartbeat_s = heartbeat_s
        self._timeout_s = timeout_s
        self._others: dict[str, _ForeignLease] = {}

    def take(self, identity: str) -> bool:
        """Try to take the lease of an evaluation that is free, or whose holder has ended or sends no heartbeat."""
        with self._store.reading() as session:
            held = session.execute(self._of(identity)).first()
        if held is not None and not self._is_expired(identity, held.holder, held.beats):
            return False
        with self._store.writing("a lease") as session:
            row = {"evaluation_identity": identity, "holder": self._holder, "beats": 0}
            taken = session.execute(
                insert_statement(session, LeaseRow, row)
                .on_conflict_do_nothing()
                .returning(LeaseRow.evaluation_identity)
            ).first()
            if taken is not None:
                return True
            return held is not None and self._take_over(session, identity, held.holder, held.beats)

    def holder(self, identity: str) -> str:
        """Return a name of the process that holds the lease of an evaluation."""
        lease = self._others.get(identity)
        return process_label(lease.holder.rpartition(":")[0]) if lease else "another process"

    def release(self, identity: str) -> None:
        """Release a lease; does nothing where another process took it over."""
        with self._store.writing("a lease") as session:
            session.execute(
                delete(LeaseRow).where(LeaseRow.evaluation_identity == identity, LeaseRow.holder == self._holder)
            )

    @contextmanager
    def heartbeat(self) -> Iterator[None]:
        """Send heartbeats while the block runs, and release all leases at its end."""
        ended = threading.Event()
        heart = threading.Thread(target=self._beat, args=(ended,), name="leases", daemon=True)
        heart.start()
        try:
            yield
        finally:
            ended.set()
            heart.join()
            with self._store.writing("leases") as session:
                session.execute(delete(LeaseRow).where(LeaseRow.holder == self._holder))

    def _of(self, identity: str) -> Select[str, int]:
        return select(LeaseRow.holder, LeaseRow.beats).where(LeaseRow.evaluation_identity == identity)

    def _beat(self, ended: threading.Event) -> None:
        while not ended.wait(self._heartbeat_s):
            try:
                with self._store.writing("leases") as session:
                    session.execute(
                        update(LeaseRow).where(LeaseRow.holder == self._holder).values(beats=LeaseRow.beats + 1)
                    )
            except LeaderboardError:
                continue  # busy or lost, which the run itself notices; a missed heartbeat does no harm

    def _is_expired(self, identity: str, holder: str, beats: int) -> bool:
        if has_ended(holder.rpartition(":")[0]):
            return True
        lease = self._others.get(identity)
        if lease is None or (lease.holder, lease.beats) != (holder, beats):
            self._others[identity] = _ForeignLease(holder, beats, time.monotonic())
            return False
        return time.monotonic() - lease.since > self._timeout_s

    def _take_over(self, session: Session, identity: str, holder: str, beats: int) -> bool:
        """Take over an expired lease; the first of several waiting processes succeeds."""
        unchanged = (LeaseRow.evaluation_identity == identity, LeaseRow.holder == holder, LeaseRow.beats == beats)
        values = {"holder": self._holder, "beats": beats + 1}
        taken = session.execute(update(LeaseRow).where(*unchanged).values(**values).returning(LeaseRow.beats)).first()
        return taken is not None
