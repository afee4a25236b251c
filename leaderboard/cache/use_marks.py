"""Marks of use: which entries of the cache a running process uses. Locks end with their process, however it ends.

Entry `NAME` of a folder is locked by `.NAME.lock` while it is made, marked or removed, and each process that uses it
holds a lock of its own on `.NAME.used-….lock`.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path

from filelock import FileLock, Timeout

from leaderboard.cache.kinds import CacheKind
from leaderboard.settings import cache_folder

_HELD_AT_ONCE = 64
"""How many of the entries that a process used last count as in use, prepared subjects aside."""


def mark_used(path: Path) -> None:
    """Mark the entry that a path of the cache belongs to as used now, and in use by this process.

    Call it before the entry is looked at. A path outside the cache, and a cache that cannot be written to, have no
    entries that could be removed.
    """
    entry = _entry_of(path)
    if entry is None:
        return
    with suppress(OSError):
        entry.parent.mkdir(parents=True, exist_ok=True)
        with lock_of(entry.parent, entry.name):
            touch(entry)
            _hold(entry.parent, entry.name)


def touch(path: Path) -> None:
    """Record that an entry was used now, in the time of its file or folder; files within a folder stay as they are."""
    with suppress(OSError):
        os.utime(path)


def _entry_of(path: Path) -> Path | None:
    """Return the entry that a path belongs to; None outside the cache."""
    folder = cache_folder()
    parts = path.relative_to(folder).parts if path.is_relative_to(folder) else ()
    return folder / parts[0] / parts[1] if parts[1:] and parts[0] in set(CacheKind) else None


def lock_of(folder: Path, name: str) -> FileLock:
    """Return the lock of an entry."""
    return FileLock(folder / f".{name}.lock")


@contextmanager
def claimed(folder: Path, name: str, *, used: bool = True) -> Iterator[bool]:
    """Lock an entry; yield whether no process makes it, or uses it.

    Args:
        folder: of the kind of the entry.
        name: of the entry.
        used: Whether marks of use count.
    """
    lock = lock_of(folder, name)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        yield False
        return
    try:
        yield not used or not is_held(folder, name)
    finally:
        lock.release()


def is_held(folder: Path, name: str) -> bool:
    """Return whether a running process uses an entry. Marks of processes that ended are removed."""
    marks = [path for path in folder.iterdir() if path.name.startswith(f".{name}.used-")]
    for mark in marks:
        lock = FileLock(mark)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            return True
        lock.release()
        mark.unlink(missing_ok=True)
    return False


def new_mark(folder: Path, name: str) -> FileLock:
    """Return a lock that marks an entry as in use, for as long as the lock is referenced."""
    handle, mark = tempfile.mkstemp(prefix=f".{name}.used-", suffix=".lock", dir=folder)
    os.close(handle)
    lock = FileLock(mark)
    lock.acquire()
    return lock


@lru_cache(maxsize=_HELD_AT_ONCE)
def _hold(folder: Path, name: str) -> FileLock:
    """Hold a mark for as long as it is in the cache of this function."""
    is_held(folder, name)  # removes the marks of processes that ended
    return new_mark(folder, name)
