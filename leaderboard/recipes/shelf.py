"""Shelf: the folder of the cache where prepared subjects lie; which are whole, and which are in use."""

import json
import logging
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from safetensors import SafetensorError, safe_open

from leaderboard.data.keeping import files_damage
from leaderboard.errors import RequestError
from leaderboard.file_digests import verified_digest
from leaderboard.identity import digest
from leaderboard.settings import cache_folder

RECORD = "subject.json"
_CHECKSUMS, _DIGEST = "sha256", "digest"
"""In the record: the digest of each file, and that of the rest of the record."""
_KEY = re.compile(r"[0-9a-f]{64}")
_MAKING, _REMOVING, _WORK, _INDEX = ".making-", ".removing-", "work", "index"
_HELD_AT_ONCE = 8
"""Of the folders that a process asked for, how many count as in use: more than an ensemble has members, so that
a search of hundreds of subjects does not keep the disk full."""

log = logging.getLogger(__name__)


class State(StrEnum):
    """How far the making of a subject went."""

    PREPARED = "prepared"
    UNFINISHED = "unfinished"
    LEFTOVER = "leftover"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """Something on the shelf.

    Attributes:
        path: of its folder.
        state: prepared; unfinished, what a training needs to go on after a kill; or left over by a killed process.
        key: of the subject; empty for what nobody can tell.
        size: bytes.
        last_used: when it was made, asked for or written to for the last time.
        about: what its record says; empty unless prepared.
    """

    path: Path
    state: State
    key: str
    size: int
    last_used: datetime
    about: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Shelf:
    """Folders by key: 64 hexadecimal digits. Safe to use from several processes.

    A subject that is being made, or used, is locked; locks end with their process, however it ends.
    """

    folder: Path

    @classmethod
    def of_cache(cls) -> "Shelf":
        """The one in the cache, made where there is none."""
        folder = cache_folder() / "subjects"
        folder.mkdir(parents=True, exist_ok=True)
        return cls(folder)

    def prepared(self, key: str) -> Path:
        """Where a subject lies once it is whole."""
        return self.folder / _checked(key)

    def unfinished(self, key: str) -> Path:
        """Where what belongs to an unfinished training lies."""
        return self.folder / _WORK / _checked(key)

    def making(self, key: str) -> Path:
        """Where a subject is put together, on the same disk as where it will lie."""
        return self.folder / f"{_MAKING}{_checked(key)}"

    def note(self, subject: str) -> Path:
        """Where the key that belongs to a subject's identity is noted."""
        return self.folder / _INDEX / _checked(subject)

    def key_of(self, folder: Path) -> str | None:
        """The key of a prepared folder; None for a folder from elsewhere."""
        here = folder.parent.resolve() == self.folder.resolve() and _KEY.fullmatch(folder.name)
        return folder.name if here else None

    @contextmanager
    def locked(self, key: str) -> Iterator[None]:
        """Let no other process make or remove a subject meanwhile; waits for one that does."""
        lock = self._lock(key)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            log.warning("another process prepares this subject (%s); waiting until it is done", key[:8])
            lock.acquire()
        try:
            yield
        finally:
            lock.release()

    def hold(self, key: str) -> None:
        """Mark a prepared subject as used from now on, and in use by this process. Call it while it is locked."""
        os.utime(self.prepared(key) / RECORD)
        self._is_held(key)
        _hold(self.folder, key)

    def entries(self) -> list[Entry]:
        """Everything on the shelf, the least recently used first."""
        found = [_entry(path) for path in [*_inside(self.folder), *_inside(self.folder / _WORK)]]
        return sorted((each for each in found if each is not None), key=lambda entry: entry.last_used)

    def is_free(self, entry: Entry) -> bool:
        """Whether nobody makes or uses it now."""
        with self._claimed(entry) as free:
            return free

    def remove(self, entry: Entry) -> bool:
        """Remove it, unless somebody makes or uses it now; whether it was removed.

        Raises:
            RequestError: when the shelf is not in the cache, because somebody put a link in its place.
        """
        with self._claimed(entry) as free:
            if free:
                self.discard(entry.path)
            return free

    def discard(self, path: Path) -> None:
        """Remove a folder: in one step for all who look for it. Of a symbolic link, the link alone. It is locked."""
        self._check_confined(path)
        if path.is_symlink() or path.is_file():
            path.unlink()
            return
        grave = Path(tempfile.mkdtemp(prefix=_REMOVING, dir=self.folder))
        with suppress(FileNotFoundError):
            path.replace(grave / path.name)
        shutil.rmtree(grave, ignore_errors=True)  # what cannot be removed is a leftover, which is listed

    def _check_confined(self, path: Path) -> None:
        expected = self.folder.parent.resolve() / path.parent.relative_to(self.folder.parent)
        if path.parent.resolve() != expected:
            raise RequestError(
                f"{path.parent}: is a link to {path.parent.resolve()}, outside the cache; nothing is removed there\n"
                "  LEADERBOARD_CACHE moves the cache as a whole."
            )

    @contextmanager
    def _claimed(self, entry: Entry) -> Iterator[bool]:
        """Lock what an entry belongs to, if nobody uses it."""
        if not entry.key:
            yield True
            return
        lock = self._lock(entry.key)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            yield False
            return
        try:
            yield entry.state is not State.PREPARED or not self._is_held(entry.key)
        finally:
            lock.release()

    def _is_held(self, key: str) -> bool:
        """Whether a running process holds it. Those that ended left their marks, which are cleared away."""
        for mark in self.folder.glob(f".{key}.used-*.lock"):
            lock = FileLock(mark)
            try:
                lock.acquire(blocking=False)
            except Timeout:
                return True
            lock.release()
            mark.unlink(missing_ok=True)
        return False

    def _lock(self, key: str) -> FileLock:
        return FileLock(self.folder / f".{_checked(key)}.lock")


def damage(folder: Path) -> str | None:
    """What is wrong with a prepared folder: no record, a file that is missing or was changed; None where it is whole.

    Each file is read once in a process. One that was prepared before there were checksums is known by the sizes of its
    files and the headers of its weights.
    """
    try:
        record = dict(read_record(folder))
        kept = record.pop(_DIGEST, None)
        if (_CHECKSUMS in record or kept is not None) and kept != digest(record):
            return f"{RECORD} is damaged"
        for name, size in record["files"].items():
            found = (folder / name).stat().st_size
            if found != size:
                return f"{name} has {found} bytes instead of {size}"
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
    """Give a whole folder checksums that was prepared before there were any; what it is now counts from here on."""
    record = dict(read_record(folder))
    if _CHECKSUMS not in record:
        write_record(folder, record)


def read_record(folder: Path) -> Mapping[str, Any]:
    """What the record of a prepared folder says.

    Raises:
        OSError: where there is none.
        ValueError: where it is broken.
    """
    record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    if not isinstance(record, dict):
        raise ValueError(f"{RECORD} is not a JSON object")  # noqa: TRY004 - broken content, as JSON's own error
    return record


def size_of(path: Path) -> int:
    """Bytes of a file, or of all files in a folder. Links are not followed."""
    return sum(state.st_size for state in _files(path))


def _files(path: Path) -> Iterator[os.stat_result]:
    """The state of a file, or of each file in a folder; other processes may remove some meanwhile."""
    if path.is_symlink() or not path.is_dir():
        with suppress(FileNotFoundError):
            yield path.lstat()
        return
    for folder, _, names in os.walk(path):
        for name in names:
            with suppress(FileNotFoundError):
                yield Path(folder, name).lstat()


def _inside(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []


def _entry(path: Path) -> Entry | None:
    """What a path is; None for locks and the index."""
    about: Mapping[str, Any] = {}
    key = path.name.removeprefix(_MAKING)
    if path.name.startswith(_REMOVING):
        state, key = State.LEFTOVER, ""
    elif not _KEY.fullmatch(key):
        return None
    elif path.parent.name == _WORK:
        state = State.UNFINISHED
    else:
        state = State.PREPARED if path.name == key else State.LEFTOVER
    try:
        latest = max((each.st_mtime for each in _files(path)), default=path.lstat().st_mtime)
        if state is State.PREPARED:
            about, latest = read_record(path), (path / RECORD).stat().st_mtime
    except FileNotFoundError:
        if not path.is_symlink() and not path.exists():
            return None  # removed by another process meanwhile
        state = State.LEFTOVER
    except ValueError:
        state = State.LEFTOVER
    last_used = datetime.fromtimestamp(latest, tz=UTC)
    return Entry(path=path, state=state, key=key, size=size_of(path), last_used=last_used, about=about)


@lru_cache(maxsize=_HELD_AT_ONCE)
def _hold(folder: Path, key: str) -> FileLock:
    """A lock that is held for as long as this function remembers it."""
    handle, mark = tempfile.mkstemp(prefix=f".{key}.used-", suffix=".lock", dir=folder)
    os.close(handle)
    lock = FileLock(mark)
    lock.acquire()
    return lock


def is_key(text: str) -> bool:
    """Whether this can be the key of a folder."""
    return _KEY.fullmatch(text) is not None


def _checked(key: str) -> str:
    """The key, which becomes part of a path.

    Raises:
        ValueError: when it is none.
    """
    if not is_key(key):
        raise ValueError(f"'{key}' is not a key: 64 hexadecimal digits")
    return key
