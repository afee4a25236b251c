"""Files and folders in the cache: complete or absent, created by one process at a time, verified before use.

What is created may push out the least recently used entries (`cache.eviction`); what a process uses stays.
"""

import logging
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from leaderboard.cache.checksums import folder_damage, write_checksums
from leaderboard.cache.eviction import keep_within
from leaderboard.cache.file_digests import Digest, remembered_digest, verified_digest
from leaderboard.cache.use_marks import mark_used
from leaderboard.errors import RequestError
from leaderboard.identity import file_digest
from leaderboard.settings import cache_limit

_log = logging.getLogger(__name__)


def cached_file(path: Path, make: Callable[[Path], None], *, sha256: str | None = None) -> str:
    """Ensure that a file is in the cache with the expected bytes.

    Args:
        path: path of the file in the cache.
        make: writes the file to the path it is given; called when there is none, or when its bytes have changed.
        sha256: expected digest. Without it the digest is recorded next to the file when it is created, and checked from
            then on.

    Returns:
        The digest of the file now at `path`.

    Raises:
        RequestError: when the new file has another digest, and nothing is left in the cache then; or when
            `LEADERBOARD_CACHE_LIMIT` is not a size.
    """
    limit = cache_limit()
    record = path.with_name(path.name + ".sha256")
    mark_used(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with _lock(path):
        expected = sha256 or (record.read_text(encoding="latin-1").strip() if record.is_file() else None)
        if path.is_file() and expected:
            actual = verified_digest(path)
            if actual == expected:
                return actual
            _log.warning("%s has changed (sha256 %s, expected %s); creating it again", path, actual, expected)
        with _scratch(path.parent) as scratch:
            fresh = scratch / path.name
            make(fresh)
            actual = file_digest(fresh)
            check_digest(actual, sha256, name=str(path.name))
            record.unlink(missing_ok=True)  # a killed process must not leave the old digest next to the new bytes
            fresh.replace(path)
            _write_whole(record, actual, scratch)
    keep_within(limit)
    return actual


def cached_folder(path: Path, make: Callable[[Path], None], *, read: Digest = remembered_digest) -> Path:
    """Ensure that a folder is in the cache, complete and unchanged.

    Args:
        path: path of the folder; its parent must be a folder of the cache.
        make: fills the empty folder it is given, with files alone; called when there is none at `path`, or when its
            bytes have changed.
        read: gives the digest of a file: `verified_digest` where the folder is about to be used.
    """
    limit = cache_limit()
    mark_used(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with _lock(path):
        if path.is_dir():
            if (damage := folder_damage(path, read)) is None:
                return path
            _log.warning("%s is created again: %s", path, damage)
        with _scratch(path.parent) as scratch:
            fresh = scratch / path.name
            fresh.mkdir()
            make(fresh)
            write_checksums(fresh)
            if path.is_dir():
                path.replace(scratch / "before")
            fresh.replace(path)
    keep_within(limit)
    return path


def check_digest(actual: str, expected: str | None, *, name: str, advice: str = "") -> None:
    """Compare digests.

    Args:
        actual: digest of the file.
        expected: pinned digest; None accepts any.
        name: the file, for the message.
        advice: a line on what to do.

    Raises:
        RequestError: when they differ.
    """
    if expected is not None and actual != expected:
        raise RequestError(
            f"{name}: wrong checksum\n  expected sha256 {expected}\n  actual   sha256 {actual}\n"
            "  The file is not the one that was pinned: it was changed or cut short, or the pin is out of date."
            + (f"\n  {advice}" if advice else "")
        )


def _lock(path: Path) -> FileLock:
    return FileLock(path.with_name(f".{path.name}.lock"))


@contextmanager
def _scratch(parent: Path) -> Iterator[Path]:
    """Create a temporary folder on the disk of its parent, so that its content can be moved atomically."""
    folder = Path(tempfile.mkdtemp(prefix=".making-", dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write_whole(path: Path, text: str, scratch: Path) -> None:
    fresh = scratch / path.name
    fresh.write_text(text, encoding="ascii")
    fresh.replace(path)
