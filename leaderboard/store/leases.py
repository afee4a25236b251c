"""Leases: several processes on one run share its evaluations, instead of each measuring all of them."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Select, delete, select, update
from sqlalchemy.orm import Session

from leaderboard.errors import LeaderboardError
from leaderboard.store.processes import for_people, is_gone, this_process
from leaderboard.store.repository import Store
from leaderboard.store.tables import Lease
from leaderboard.store.upserts import inserting

BEAT_S = 5.0
SILENCE_S = 30.0
"""A holder that cannot be seen, on another machine, is given up when its beats have stood still for so long."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """A lease of somebody else: its beats, and when they were last seen to grow, by the monotonic clock."""

    holder: str
    beats: int
    since: float


class Leases:
    """The leases that this process holds in a store, and those of others that it waits for."""

    def __init__(self, store: Store, *, beat_s: float = BEAT_S, silence_s: float = SILENCE_S) -> None:
        self._store = store
        self._holder = f"{this_process()}:{id(self)}"  # two runs in one process are two holders
        self._beat_s = beat_s
        self._silence_s = silence_s
        self._others: dict[str, _Seen] = {}

    def take(self, identity: str) -> bool:
        """Take the lease of an evaluation: one that nobody has, or whose holder has ended or fallen silent."""
        with self._store.reading() as session:
            held = session.execute(self._of(identity)).first()
        if held is not None and not self._is_given_up(identity, held.holder, held.beats):
            return False
        with self._store.writing("a lease") as session:
            row = {"evaluation_identity": identity, "holder": self._holder, "beats": 0}
            taken = session.execute(
                inserting(session, Lease, row).on_conflict_do_nothing().returning(Lease.evaluation_identity)
            ).first()
            if taken is not None:
                return True
            return held is not None and self._take_over(session, identity, held.holder, held.beats)

    def holder(self, identity: str) -> str:
        """Who measures an evaluation that this process could not take, for people."""
        seen = self._others.get(identity)
        return for_people(seen.holder.rpartition(":")[0]) if seen else "another process"

    def give_back(self, identity: str) -> None:
        """Let go of a lease; nothing happens where another process took it over."""
        with self._store.writing("a lease") as session:
            session.execute(delete(Lease).where(Lease.evaluation_identity == identity, Lease.holder == self._holder))

    @contextmanager
    def beating(self) -> Iterator[None]:
        """Show that this process is alive for as long as the block runs; what it still holds then is given back."""
        ended = threading.Event()
        heart = threading.Thread(target=self._beat, args=(ended,), name="leases", daemon=True)
        heart.start()
        try:
            yield
        finally:
            ended.set()
            heart.join()
            with self._store.writing("leases") as session:
                session.execute(delete(Lease).where(Lease.holder == self._holder))

    def _of(self, identity: str) -> Select[str, int]:
        return select(Lease.holder, Lease.beats).where(Lease.evaluation_identity == identity)

    def _beat(self, ended: threading.Event) -> None:
        while not ended.wait(self._beat_s):
            try:
                with self._store.writing("leases") as session:
                    session.execute(update(Lease).where(Lease.holder == self._holder).values(beats=Lease.beats + 1))
            except LeaderboardError:
                continue  # busy, or gone, which the run itself finds out; a beat that is missed is no harm

    def _is_given_up(self, identity: str, holder: str, beats: int) -> bool:
        if is_gone(holder.rpartition(":")[0]):
            return True
        seen = self._others.get(identity)
        if seen is None or (seen.holder, seen.beats) != (holder, beats):
            self._others[identity] = _Seen(holder, beats, time.monotonic())
            return False
        return time.monotonic() - seen.since > self._silence_s

    def _take_over(self, session: Session, identity: str, holder: str, beats: int) -> bool:
        """Of several that wait, the first takes it."""
        unchanged = (Lease.evaluation_identity == identity, Lease.holder == holder, Lease.beats == beats)
        values = {"holder": self._holder, "beats": beats + 1}
        taken = session.execute(update(Lease).where(*unchanged).values(**values).returning(Lease.beats)).first()
        return taken is not None
