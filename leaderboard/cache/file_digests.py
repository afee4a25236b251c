"""SHA-256 of files, cached as long as the files appear unchanged."""

import hashlib
import json
import os
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from leaderboard.cache.kinds import CacheKind
from leaderboard.identity import digest, file_digest
from leaderboard.settings import cache_folder

CHEAP = 32 << 20
"""Size in bytes below which every process reads a file itself (0.07 s at 500 MB/s); a record of another process serves
for a larger one."""
_SECOND_NS = 1_000_000_000
_FINE_NS, _COARSE_NS = 20_000_000, 2 * _SECOND_NS
"""Resolution of times with a fraction of a second (a tick of the kernel is 10 ms at most), and of others (FAT: 2 s). A
file that was hashed sooner after its last change could change again without another time."""

Digest = Callable[[Path], str]
"""Type of `remembered_digest` and `verified_digest`."""
Stamp = tuple[int, int, int, int, int]
"""Size, modification time, change time (both in ns), inode and device."""

_of_this_process: dict[str, tuple[Stamp, int, str]] = {}
"""Path to the stamp of the file, the time it was read (ns), and its digest, for files this process read."""


def remembered_digest(path: Path) -> str:
    """Return the SHA-256 of a file, from a cache where size, times, inode and device are unchanged.

    Times can be set: reproducible builds give every file the same one. So every process reads a file itself that is
    small, or whose times are whole seconds, in the future, or equal to the time of reading.

    Raises:
        OSError: when it cannot be read.
    """
    path = path.resolve()
    stamp = _stamp(path.stat())
    remembered = _of_this_process.get(str(path))
    if remembered is not None and remembered[0] == stamp and not _is_recent(stamp, remembered[1]):
        return remembered[2]
    if stamp[0] > CHEAP and not _may_be_set(stamp):
        remembered = _recorded(path)
        if remembered is not None and remembered[0] == stamp and not _is_recent(stamp, remembered[1]):
            return remembered[2]
    return _read(path)


def verified_digest(path: Path) -> str:
    """Return the SHA-256 of a file that this process has read itself, since disk damage changes no time.

    Raises:
        OSError: when it cannot be read.
    """
    path = path.resolve()
    remembered = _of_this_process.get(str(path))
    stamp = _stamp(path.stat())
    if remembered is not None and remembered[0] == stamp and not _is_recent(stamp, remembered[1]):
        return remembered[2]
    return _read(path)


def _stamp(state: os.stat_result) -> Stamp:
    return state.st_size, state.st_mtime_ns, state.st_ctime_ns, state.st_ino, state.st_dev


def _is_recent(stamp: Stamp, read_at: int) -> bool:
    """Whether the file changed so shortly before it was read that a later change could have the same times."""
    resolution = _FINE_NS if stamp[2] % _SECOND_NS else _COARSE_NS
    return max(stamp[1], stamp[2]) + resolution > read_at


def _may_be_set(stamp: Stamp) -> bool:
    """Whether the times look set by people or file systems: 1980-01-01, SOURCE_DATE_EPOCH, no change time."""
    return stamp[1] % _SECOND_NS == 0 or stamp[2] % _SECOND_NS == 0 or stamp[1] > stamp[2]


def _read(path: Path) -> str:
    """Hash the file, again where it changes meanwhile, and cache the result."""
    while True:
        before, read_at = _stamp(path.stat()), time.time_ns()
        sha256 = file_digest(path)
        if _stamp(path.stat()) == before:
            break
    _of_this_process[str(path)] = before, read_at, sha256
    if before[0] > CHEAP:
        with suppress(OSError):  # a cache that cannot be written to costs time alone
            _record(path, before, read_at, sha256)
    return sha256


def _place(path: Path) -> Path:
    return cache_folder() / CacheKind.DIGESTS / f"{hashlib.sha256(str(path).encode()).hexdigest()}.json"


def _record(path: Path, stamp: Stamp, read_at: int, sha256: str) -> None:
    place = _place(path)
    place.parent.mkdir(parents=True, exist_ok=True)
    content: dict[str, Any] = {"path": str(path), "stamp": list(stamp), "read_at": read_at, "sha256": sha256}
    with tempfile.NamedTemporaryFile("w", dir=place.parent, delete=False, encoding="utf-8") as fresh:
        json.dump({**content, "digest": digest(content)}, fresh)
    Path(fresh.name).replace(place)


def _recorded(path: Path) -> tuple[Stamp, int, str] | None:
    """Return the cached record of another process; None where it is missing, damaged, or of an earlier version."""
    try:
        content = json.loads(_place(path).read_text(encoding="utf-8"))
        if content.pop("digest") != digest(content) or content["path"] != str(path):
            return None
        size, modified, changed, inode, device = map(int, content["stamp"])
        return (size, modified, changed, inode, device), int(content["read_at"]), str(content["sha256"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
