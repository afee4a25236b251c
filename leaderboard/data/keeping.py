"""Files and folders kept in the cache: whole or not there, made by one process at a time, checked before use."""

import json
import logging
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from leaderboard.errors import RequestError
from leaderboard.file_digests import Digest, remembered_digest, verified_digest
from leaderboard.identity import digest, file_digest

CHECKSUMS = ".checksums.json"
"""In a kept folder: the digest of each of its files."""

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
        expected = sha256 or (record.read_text(encoding="latin-1").strip() if record.is_file() else None)
        if path.is_file() and expected:
            found = verified_digest(path)
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


def keep_folder(path: Path, make: Callable[[Path], None], *, read: Digest = remembered_digest) -> Path:
    """See to it that a folder is in the cache, complete and with the bytes it was made with.

    Args:
        path: where it is kept; its parent has to be a folder of the cache.
        make: fills the empty folder it is given, with files alone; called when there is none at `path`, or when its
            bytes have changed.
        read: gives the digest of a file: `verified_digest` where the folder is about to be used.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with _lock(path):
        if path.is_dir():
            if (damage := folder_damage(path, read)) is None:
                return path
            _log.warning("%s is made again: %s", path, damage)
        with _scratch(path.parent) as scratch:
            fresh = scratch / path.name
            fresh.mkdir()
            make(fresh)
            write_checksums(fresh)
            if path.is_dir():
                path.replace(scratch / "before")
            fresh.replace(path)
    return path


def write_checksums(folder: Path) -> None:
    """Write the digests of all files in a folder into it."""
    files = {path.relative_to(folder).as_posix(): verified_digest(path) for path in _files(folder)}
    (folder / CHECKSUMS).write_text(json.dumps({"files": files, "digest": digest(files)}), encoding="utf-8")


def folder_damage(folder: Path, read: Digest) -> str | None:
    """What is wrong with the files of a folder that has checksums; None where nothing is."""
    if not (folder / CHECKSUMS).is_file():
        return "it has no checksums, as what earlier versions made"
    try:
        content = json.loads((folder / CHECKSUMS).read_text(encoding="utf-8"))
        files: dict[str, str] = content["files"]
        if content["digest"] != digest(files):
            return f"{CHECKSUMS} is damaged"
        return files_damage(folder, files, read)
    except OSError as error:
        return str(error)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return f"{CHECKSUMS} is damaged ({type(error).__name__})"


def files_damage(folder: Path, files: Mapping[str, str], read: Digest) -> str | None:
    """The first file of a folder that has not the digest it should have; None where all have.

    Raises:
        OSError: for one that is not there or cannot be read.
    """
    for name, sha256 in files.items():
        if read(folder / name) != sha256:
            return f"{name} does not match its checksum"
    return None


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != CHECKSUMS)


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
