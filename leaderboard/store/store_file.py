"""The SQLite file of a store: checks that it was not deleted, moved or replaced while in use."""

import os
from pathlib import Path

from sqlalchemy import Engine

from leaderboard.store.errors import StoreLostError, store_text

_FIRST_STEP = "answers of the model are in the cache, so that the same command needs less time"


class StoreFile:
    """The SQLite file of a store and its write-ahead log; does nothing for a database server.

    SQLite keeps writing to the open file, even after it was deleted, moved or replaced, without an error.
    """

    def __init__(self, engine: Engine) -> None:
        """Remember the file of an engine."""
        self._engine = engine
        self._path = Path(engine.url.database or "").absolute() if engine.dialect.name == "sqlite" else None
        self._identity = None if self._path is None else _identity(self._path)
        self._has_log = False

    def check(self) -> None:
        """Check that the file is still the one that was opened; called after each commit with an open connection.

        Raises:
            StoreLostError: says what happened to it, and what to do.
        """
        if self._path is None:
            return
        if self._identity is None:  # created by this commit
            self._identity = _identity(self._path)
        now = _identity(self._path)
        if now is None:
            raise self._lost("was deleted or moved away")
        if now != self._identity:
            raise self._lost("was replaced by another file")
        log_is_there = self._path.with_name(f"{self._path.name}-wal").exists()
        if self._has_log and not log_is_there:  # it exists as long as a connection is open
            raise self._lost("lost its write-ahead log, the file ending in -wal,")
        self._has_log = log_is_there

    def _lost(self, event: str) -> StoreLostError:
        return StoreLostError(
            f"{store_text(self._engine)}: {event} while this program wrote to it; results since then are lost\n"
            f"  Put the file back, or start a new one: {_FIRST_STEP}"
        )


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = os.stat(path)  # noqa: PTH116 - follows links, as SQLite does
    except OSError:
        return None
    return status.st_dev, status.st_ino
