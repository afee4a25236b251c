"""Files and folders kept in the cache: whole or not there, made by one process at a time, checked before use."""

import logging
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from leaderboard.errors import RequestError
from leaderboard.identity import file_digest

_log = logging.getLogger(__name__)


def keep_file(path: Path, make: Callable[[Path], None], *, sha256: str | None = None) -> str:
    """See to it that a file is in the cache with the right bytes.

    Args:
        path: where it is kept.
        make: writes the file to the path it is given; called when there is none, or when its bytes have changed.
        sha256: of its bytes. Without it the digest is recorded beside the file when it is made, and checked from then
            on.

    Returns:
        The digest of the file now at `path`.

    Raises:
        RequestError: when the new file has another digest; nothing is left in the cache then.
    """
    record = path.with_name(path.name + ".sha256")
    path.parent.mkdir(parents=True, exist_ok=True)
    with _lock(path):
        expected = sha256 or (record.read_text(encoding="ascii").strip() if record.is_file() else None)
        if path.is_file() and expected:
            found = file_digest(path)
            if found == expected:
                return found
            _log.warning("%s has changed (sha256 %s, expected %s); it is made again", path, found, expected)
        with _scratch(path.parent) as scratch:
            fresh = scratch / path.name
            make(fresh)
            found = file_digest(fresh)
            check_digest(found, sha256, what=str(path.name))
            record.unlink(missing_ok=True)  # a killed process must not leave the old digest beside the new bytes
            fresh.replace(path)
            _write_whole(record, found, scratch)
        return found


def keep_folder(path: Path, make: Callable[[Path], None]) -> Path:
    """See to it that a folder is in the cache, complete.

    Args:
        path: where it is kept; its parent has to be a folder of the cache.
        make: fills the empty folder it is given; called when there is none at `path`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with _lock(path):
        if not path.is_dir():
            with _scratch(path.parent) as scratch:
                fresh = scratch / path.name
                fresh.mkdir()
                make(fresh)
                fresh.replace(path)
    return path


def check_digest(found: str, expected: str | None, *, what: str) -> None:
    """Compare digests.

    Raises:
        RequestError: when they differ.
    """
    if expected is not None and found != expected:
        raise RequestError(
            f"{what}: wrong checksum\n  expected sha256 {expected}\n  actual   sha256 {found}\n"
            "  The file is not the one that was pinned: it was changed or cut short, or the pin is out of date."
        )


def _lock(path: Path) -> FileLock:
    return FileLock(path.with_name(f".{path.name}.lock"))


@contextmanager
def _scratch(parent: Path) -> Iterator[Path]:
    """A temporary folder on the same disk as its parent, so that what is made in it can be moved in one step."""
    folder = Path(tempfile.mkdtemp(prefix=".making-", dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write_whole(path: Path, text: str, scratch: Path) -> None:
    fresh = scratch / path.name
    fresh.write_text(text, encoding="ascii")
    fresh.replace(path)
