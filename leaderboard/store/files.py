"""The file behind a store: whether what was committed is still where the user will look for it."""

import os
from pathlib import Path

from sqlalchemy import Engine

from leaderboard.store.failures import StoreLostError, place

_FIRST_STEP = "what the model answered is kept in the cache, so that the same command is done sooner"


class StoreFile:
    """The SQLite file that a store was opened from, and its write-ahead log; nothing for a database server.

    SQLite writes to the open file. One that was deleted, moved or replaced takes every commit without a word, and
    nobody ever reads it.
    """

    def __init__(self, engine: Engine) -> None:
        """Remember which file it is."""
        self._engine = engine
        self._path = Path(engine.url.database or "").absolute() if engine.dialect.name == "sqlite" else None
        self._identity = None if self._path is None else _identity(self._path)
        self._has_log = False

    def check(self) -> None:
        """See that the file is the one that was opened; called after each commit, while a connection is open.

        Raises:
            StoreLostError: saying what became of it, and what to do.
        """
        if self._path is None:
            return
        if self._identity is None:  # made by this very commit
            self._identity = _identity(self._path)
        now = _identity(self._path)
        if now is None:
            raise self._lost("was deleted or moved away")
        if now != self._identity:
            raise self._lost("was replaced by another file")
        log_is_there = self._path.with_name(f"{self._path.name}-wal").exists()
        if self._has_log and not log_is_there:  # it stays for as long as a connection is open
            raise self._lost("lost its write-ahead log, the file ending in -wal,")
        self._has_log = log_is_there

    def _lost(self, what: str) -> StoreLostError:
        return StoreLostError(
            f"{place(self._engine)}: {what} while this program wrote to it; what was recorded since is lost\n"
            f"  Put the file back, or begin a new one: {_FIRST_STEP}"
        )


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - follows links, as SQLite does
    except OSError:
        return None
    return found.st_dev, found.st_ino
