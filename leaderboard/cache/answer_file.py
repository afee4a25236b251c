"""A file of computed answers on disk, so that no answer is computed twice."""

import logging
import sqlite3
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from leaderboard.cache.use_marks import mark_used

Float32Array = npt.NDArray[np.float32]
T = TypeVar("T")

log = logging.getLogger(__name__)

BUSY_TIMEOUT_S = 30.0
_AT_ONCE = 500
"""Keys in one query; SQLite limits how many values a statement may name."""
_CACHE_KIB = 64 * 1024
_LOG_PAGES = 10_000
"""Both sized for a million answers, whose keys fall all over the file."""
_CHECKSUM = 4
"""Bytes of the CRC-32 behind each value: SQLite itself would not notice a value that went bad."""


class AnswerFile:
    """The cache file of one model. A damaged file is recreated, an unusable one is ignored, each with one warning."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._usable = True

    def recall(self, keys: Sequence[bytes]) -> dict[bytes, Float32Array]:
        """Return the cached answers by their keys."""

        def look_up(connection: sqlite3.Connection) -> dict[bytes, Float32Array]:
            answers: dict[bytes, Float32Array] = {}
            for start in range(0, len(keys), _AT_ONCE):
                batch = keys[start : start + _AT_ONCE]
                marks = ",".join("?" * len(batch))
                rows = connection.execute(f"SELECT key, value FROM answer WHERE key IN ({marks})", batch)  # noqa: S608 - marks alone
                # All at once: a cursor that an error leaves half read would hold a damaged file that is removed.
                answers.update((key, _unsealed(key, value)) for key, value in rows.fetchall())
            return answers

        return self._attempt(look_up, {})

    def keep(self, answers: Mapping[bytes, Float32Array]) -> None:
        """Store answers by their keys; existing ones stay."""
        rows = sorted((key, _sealed(key, answer)) for key, answer in answers.items())  # neighbours share a page

        def write(connection: sqlite3.Connection) -> None:
            with connection:
                connection.execute("BEGIN IMMEDIATE")
                connection.executemany("INSERT OR IGNORE INTO answer VALUES (?, ?)", rows)

        self._attempt(write, None)

    def clear(self) -> None:
        """Remove all answers."""

        def remove(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM answer")

        self._attempt(remove, None)

    def close(self) -> None:
        """Close the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _attempt(self, action: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
        if not self._usable:
            return otherwise
        try:
            return action(self._open())
        except (sqlite3.DatabaseError, OSError) as error:
            if not _is_damage(error):  # locked for long, read-only, a full disk
                log.warning("the cache of answers is not used in this run: %s: %s", self._path, error)
                self._usable = False
                return otherwise
            log.warning("the cache of answers is damaged and is rebuilt: %s: %s", self._path, error)
            self._remove()
        return otherwise

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            mark_used(self._path)  # it is not removed while this process may add to it
            self._path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self._path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
            connection.text_factory = bytes
            self._connection = connection
            connection.execute("PRAGMA journal_mode = WAL")
            # A killed process loses nothing. A power cut may leave damage, which shows, and costs no more than time.
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
            connection.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")
            connection.execute(
                "CREATE TABLE IF NOT EXISTS answer (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID"
            )
        return self._connection

    def _remove(self) -> None:
        self.close()
        for suffix in ("", "-wal", "-shm"):
            self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)


def _is_damage(error: Exception) -> bool:
    """Return whether the file is damaged: a missing table or column, or corrupt values."""
    if isinstance(error, sqlite3.OperationalError):
        return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR
    return isinstance(error, sqlite3.DatabaseError)


def _sealed(key: bytes, answer: Float32Array) -> bytes:
    data = np.ascontiguousarray(answer, dtype=np.float32).tobytes()
    return data + zlib.crc32(key + data).to_bytes(_CHECKSUM, "little")


def _unsealed(key: bytes, value: object) -> Float32Array:
    if not isinstance(value, bytes):  # a bit of a row's header says what type its values have
        raise sqlite3.DatabaseError("a value does not have the stored type")
    data = value[:-_CHECKSUM]
    if len(data) % 4 or zlib.crc32(key + data).to_bytes(_CHECKSUM, "little") != value[-_CHECKSUM:]:
        raise sqlite3.DatabaseError("a value does not match its checksum")
    return np.frombuffer(data, dtype=np.float32)
