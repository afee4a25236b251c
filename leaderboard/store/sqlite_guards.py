"""Guards for SQLite files from untrusted sources: checks before opening, and limits of the connection.

A store may be exchanged like a document. This module checks the file; `schema_checks` checks its tables, `row_checks`
its rows.
"""

import os
import sqlite3
import stat
import sys
from pathlib import Path
from typing import Any

from leaderboard.store.errors import UnreadableReason, UnreadableStoreError

LARGEST_CELL = 64 * 2**20
"""Maximum bytes of one value or row; SQLite itself allows a gigabyte."""
_STEPS = 500_000_000
"""Steps of SQLite's virtual machine in one statement (some seconds); cyclic pages never end."""
_STEPS_OF_A_BYTE = 100
_STEPS_AT_ONCE = 1_000_000
_MAGIC = b"SQLite format 3\0"
_APPLICATION_ID = slice(68, 72)
_HEADER = 100
_BESIDE = ("-wal", "-shm", "-journal")
_JOURNAL_MAGIC = bytes.fromhex("d9d505f920a163d7")
_ANOTHER = "Name another file with --store, or move this one away"


def check_file(path: Path, place: str) -> None:
    """Refuse files that are not an SQLite store, and auxiliary files that could do harm.

    Opening a pipe would block forever. SQLite would write through a `-wal` that is a link, and delete the second file
    that a `-journal` names, wherever it is.

    Args:
        path: path of the database; a new one does not exist yet.
        place: name of the store for messages.

    Raises:
        UnreadableStoreError: says which of these it is.
    """
    try:
        kind = path.stat().st_mode
    except OSError:
        return  # SQLite raises the error
    if not stat.S_ISREG(kind):
        raise _refused(f"{place}: is not a regular file, but {_kind(kind)}")
    for ending in _BESIDE:
        _check_beside(path.with_name(f"{path.name}{ending}"), place)
    try:
        with path.open("rb") as file:
            header = file.read(_HEADER)
    except OSError:
        return
    if header.startswith(_MAGIC) and any(header[_APPLICATION_ID]):
        number = int.from_bytes(header[_APPLICATION_ID])
        raise _refused(f"{place}: is another program's SQLite file (application id {number:#x})")


def guard(connection: sqlite3.Connection, file: str) -> "StatementBudget":
    """Make a connection safe for an untrusted file: no functions in its schema, no endless statement.

    Returns:
        The budget of a statement, to be renewed before each.
    """
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LARGEST_CELL)
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    for pragma in ("trusted_schema = OFF", "cell_size_check = ON", "mmap_size = 0"):
        connection.execute(f"PRAGMA {pragma}").close()
    if sys.version_info >= (3, 12):
        connection.setconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, True)
    budget = StatementBudget(file)
    connection.set_progress_handler(budget.spend, _STEPS_AT_ONCE)
    return budget


class StatementBudget:
    """Number of steps that SQLite may still make for one statement, which then ends with an error.

    It grows with the file, so that large stores are readable.
    """

    def __init__(self, file: str) -> None:
        self._file = file
        self._left = 0
        self.renew()

    def renew(self) -> None:
        """Start the budget of another statement."""
        try:
            size = os.path.getsize(self._file)  # noqa: PTH202 - once a statement
        except OSError:
            size = 0
        self._left = (_STEPS + size * _STEPS_OF_A_BYTE) // _STEPS_AT_ONCE

    def spend(self) -> int:
        """Count some steps, and return whether SQLite has to stop."""
        self._left -= 1
        return int(self._left < 0)


def _check_beside(path: Path, place: str) -> None:
    try:
        kind = path.lstat().st_mode
    except OSError:
        return
    if not stat.S_ISREG(kind):
        raise _refused(f"{place}: {path.name} next to it is {_kind(kind)}, where SQLite needs a file")
    if path.name.endswith("-journal") and _names_another_file(path):
        raise _refused(
            f"{place}: {path.name} next to it names a second file, which SQLite would delete; no store has one"
        )


def _names_another_file(journal: Path) -> bool:
    """Whether a rollback journal ends with the name of a super-journal (https://sqlite.org/fileformat2.html)."""
    try:
        with journal.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - len(_JOURNAL_MAGIC)))
            return file.read() == _JOURNAL_MAGIC
    except OSError:
        return True


def _kind(mode: int) -> str:
    kinds: list[tuple[Any, str]] = [
        (stat.S_ISDIR, "a folder"),
        (stat.S_ISLNK, "a link"),
        (stat.S_ISFIFO, "a pipe"),
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISCHR, "a device"),
        (stat.S_ISBLK, "a device"),
    ]
    return next((name for test, name in kinds if test(mode)), "something else")


def _refused(message: str) -> UnreadableStoreError:
    return UnreadableStoreError(f"{message}\n  {_ANOTHER}", UnreadableReason.FOREIGN)
