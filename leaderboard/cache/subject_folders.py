"""SubjectCache: the folder of the cache that holds prepared subjects; which are whole, and which are in use."""

import json
import logging
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from safetensors import SafetensorError, safe_open

from leaderboard.cache.checksums import files_damage
from leaderboard.cache.entry import Entry, EntryState, files_of, size_of
from leaderboard.cache.file_digests import verified_digest
from leaderboard.cache.kinds import CacheKind
from leaderboard.cache.removal import REMOVING, discard
from leaderboard.cache.use_marks import claimed, is_held, lock_of, new_mark
from leaderboard.identity import digest
from leaderboard.settings import cache_folder

RECORD = "subject.json"
_CHECKSUMS, _DIGEST = "sha256", "digest"
"""Keys of the record: the digest of each file, and that of the rest of the record."""
_KEY = re.compile(r"[0-9a-f]{64}")
_MAKING, _WORK, _INDEX = ".making-", "work", "index"
_HELD_AT_ONCE = 8
"""Number of folders used last by a process that count as in use: more than an ensemble has members, but so few
that a search of hundreds of subjects does not fill the disk."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SubjectCache:
    """Folders by key: 64 hexadecimal digits. Safe to use from several processes.

    A subject that is being made, or used, is locked; locks end with their process, however it ends.
    """

    folder: Path

    @classmethod
    def of_cache(cls) -> "SubjectCache":
        """Return the folder of prepared subjects in the cache, created where it does not exist."""
        folder = cache_folder() / CacheKind.SUBJECTS
        folder.mkdir(parents=True, exist_ok=True)
        return cls(folder)

    def prepared(self, key: str) -> Path:
        """Return the folder of a prepared subject."""
        return self.folder / _require_key(key)

    def unfinished(self, key: str) -> Path:
        """Return the folder of the checkpoints of an unfinished training."""
        return self.folder / _WORK / _require_key(key)

    def making(self, key: str) -> Path:
        """Return the folder in which a subject is put together, on the same disk as its final folder."""
        return self.folder / f"{_MAKING}{_require_key(key)}"

    def note(self, subject: str) -> Path:
        """Return the file that holds the key of a subject's folder, by the subject's identity."""
        return self.folder / _INDEX / _require_key(subject)

    def key_of(self, folder: Path) -> str | None:
        """Return the key of a prepared folder; None for a folder outside this cache."""
        here = folder.parent.resolve() == self.folder.resolve() and _KEY.fullmatch(folder.name)
        return folder.name if here else None

    @contextmanager
    def locked(self, key: str) -> Iterator[None]:
        """Lock a subject so that no other process makes or removes it; waits for a process that does."""
        lock = self._lock(key)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            _log.warning("another process prepares this subject (%s); waiting until it is done", key[:8])
            lock.acquire()
        try:
            yield
        finally:
            lock.release()

    def hold(self, key: str) -> None:
        """Mark a prepared subject as used now, and in use by this process. Call it while the subject is locked."""
        os.utime(self.prepared(key) / RECORD)
        is_held(self.folder, key)  # removes the marks of processes that ended
        _hold(self.folder, key)

    def entries(self) -> list[Entry]:
        """Return all entries, the least recently used first."""
        entries = [_entry(path) for path in [*_children(self.folder), *_children(self.folder / _WORK)]]
        return sorted((each for each in entries if each is not None), key=lambda entry: entry.last_used)

    def is_free(self, entry: Entry) -> bool:
        """Return whether no process makes or uses an entry now."""
        with self._claimed(entry) as free:
            return free

    def remove(self, entry: Entry) -> bool:
        """Remove an entry unless a process makes or uses it now; return whether it was removed.

        Raises:
            RequestError: when the folder is a link to a place outside the cache.
        """
        with self._claimed(entry) as free:
            if free:
                self.discard(entry.path)
            return free

    def discard(self, path: Path) -> None:
        """Remove a locked folder with `cache.removal.discard`."""
        discard(path, self.folder)

    @contextmanager
    def _claimed(self, entry: Entry) -> Iterator[bool]:
        """Lock the subject of an entry; yield whether no process makes it, or uses it where it is prepared."""
        if not entry.key:
            yield True
            return
        with claimed(self.folder, entry.key, used=entry.state is EntryState.PREPARED) as free:
            yield free

    def _lock(self, key: str) -> FileLock:
        return lock_of(self.folder, _require_key(key))


def find_damage(folder: Path) -> str | None:
    """Return what is wrong with a prepared folder, such as a missing or changed file; None where it is whole.

    Each file is read once in a process. A folder without checksums, of an earlier version, is checked by the sizes of
    its files and the headers of its weights.
    """
    try:
        record = dict(read_record(folder))
        kept = record.pop(_DIGEST, None)
        if (_CHECKSUMS in record or kept is not None) and kept != digest(record):
            return f"{RECORD} is damaged"
        # A file that somebody put there would be read with the others, as an adapter or a template is.
        names = {path.name for path in folder.iterdir() if path.is_symlink() or not path.is_dir()}
        if unexpected := names - {*record["files"], RECORD, f".{RECORD}"}:
            return f"{min(unexpected)} is not in its record"
        for name, size in record["files"].items():
            actual_size = (folder / name).stat().st_size
            if actual_size != size:
                return f"{name} has {actual_size} bytes instead of {size}"
            if name.endswith(".safetensors"):
                with safe_open(folder / name, framework="numpy"):
                    pass  # reads the header, and that it fits the file
        return files_damage(folder, record.get(_CHECKSUMS, {}), verified_digest)
    except (OSError, ValueError, KeyError, AttributeError, TypeError, SafetensorError) as error:
        return f"{type(error).__name__}: {error}"


def write_record(folder: Path, about: Mapping[str, Any]) -> None:
    """Write the record of a folder that is complete, with the sizes and digests of its files."""
    paths = [path for path in sorted(folder.iterdir()) if path.is_file() and path.name != RECORD]
    record = {
        **about,
        "files": {path.name: path.stat().st_size for path in paths},
        _CHECKSUMS: {path.name: verified_digest(path) for path in paths},
    }
    text = json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False)
    content = {**record, _DIGEST: digest(json.loads(text))}
    fresh = folder / f".{RECORD}"
    fresh.write_text(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
    fresh.replace(folder / RECORD)


def add_checksums(folder: Path) -> None:
    """Add checksums to the record of a folder that an earlier version prepared; its present content counts as right."""
    record = dict(read_record(folder))
    if _CHECKSUMS not in record:
        write_record(folder, record)


def read_record(folder: Path) -> Mapping[str, Any]:
    """Read the record of a prepared folder.

    Raises:
        OSError: where there is no record.
        ValueError: where it is not a JSON object.
    """
    record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    if not isinstance(record, dict):
        raise ValueError(f"{RECORD} is not a JSON object")  # noqa: TRY004 - broken content, as JSON's own error
    return record


def _children(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []


def _entry(path: Path) -> Entry | None:
    """Return the entry of a path; None for locks and the index."""
    about: Mapping[str, Any] = {}
    key = path.name.removeprefix(_MAKING)
    if path.name.startswith(REMOVING):
        state, key = EntryState.LEFTOVER, ""
    elif not _KEY.fullmatch(key):
        return None
    elif path.parent.name == _WORK:
        state = EntryState.UNFINISHED
    else:
        state = EntryState.PREPARED if path.name == key else EntryState.LEFTOVER
    try:
        last_change = max((each.st_mtime for each in files_of(path)), default=path.lstat().st_mtime)
        if state is EntryState.PREPARED:
            about, last_change = read_record(path), (path / RECORD).stat().st_mtime
    except FileNotFoundError:
        if not path.is_symlink() and not path.exists():
            return None  # removed by another process meanwhile
        state = EntryState.LEFTOVER
    except ValueError:
        state = EntryState.LEFTOVER
    last_used = datetime.fromtimestamp(last_change, tz=UTC)
    size = size_of(path)
    return Entry(path=path, kind=CacheKind.SUBJECTS, state=state, key=key, size=size, last_used=last_used, about=about)


_hold = lru_cache(maxsize=_HELD_AT_ONCE)(new_mark)
"""Holds the mark of a subject for as long as it is in the cache of this function."""


def is_key(text: str) -> bool:
    """Return whether a text is a key: 64 hexadecimal digits."""
    return _KEY.fullmatch(text) is not None


def _require_key(key: str) -> str:
    """Return a key that is to be part of a path.

    Raises:
        ValueError: when the text is not a key.
    """
    if not is_key(key):
        raise ValueError(f"'{key}' is not a key: 64 hexadecimal digits")
    return key
