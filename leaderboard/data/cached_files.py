"""Files and folders in the cache: complete or absent, created by one process at a time, verified before use."""

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
"""File in a cached folder with the digests of its files."""

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
        RequestError: when the new file has another digest; nothing is left in the cache then.
    """
    record = path.with_name(path.name + ".sha256")
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
        return actual


def cached_folder(path: Path, make: Callable[[Path], None], *, read: Digest = remembered_digest) -> Path:
    """Ensure that a folder is in the cache, complete and unchanged.

    Args:
        path: path of the folder; its parent must be a folder of the cache.
        make: fills the empty folder it is given, with files alone; called when there is none at `path`, or when its
            bytes have changed.
        read: gives the digest of a file: `verified_digest` where the folder is about to be used.
    """
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
    return path


def write_checksums(folder: Path) -> None:
    """Write the digests of all files of a folder into it."""
    files = {path.relative_to(folder).as_posix(): verified_digest(path) for path in _files(folder)}
    (folder / CHECKSUMS).write_text(json.dumps({"files": files, "digest": digest(files)}), encoding="utf-8")


def folder_damage(folder: Path, read: Digest) -> str | None:
    """Describe what is wrong with the files of a folder with checksums; None where nothing is."""
    if not (folder / CHECKSUMS).is_file():
        return "it has no checksums, as what earlier versions made"
    try:
        content = json.loads((folder / CHECKSUMS).read_text(encoding="utf-8"))
        files: dict[str, str] = content["files"]
        if content["digest"] != digest(files):
            return f"{CHECKSUMS} is damaged"
        # A file that somebody put there would be read with the others, as an adapter or a template is.
        added = {path.relative_to(folder).as_posix() for path in _entries(folder)} - {*files, CHECKSUMS}
        return f"{min(added)} was not put there" if added else files_damage(folder, files, read)
    except OSError as error:
        return str(error)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return f"{CHECKSUMS} is damaged ({type(error).__name__})"


def files_damage(folder: Path, files: Mapping[str, str], read: Digest) -> str | None:
    """Describe the first file with a wrong digest; None where there is none.

    Raises:
        OSError: for one that is not there or cannot be read.
    """
    for name, sha256 in files.items():
        if read(folder / name) != sha256:
            return f"{name} does not match its checksum"
    return None


def _entries(folder: Path) -> Iterator[Path]:
    """Yield everything below a folder except folders: also links and pipes."""
    return (path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != CHECKSUMS)


def check_digest(actual: str, expected: str | None, *, name: str) -> None:
    """Compare digests.

    Raises:
        RequestError: when they differ.
    """
    if expected is not None and actual != expected:
        raise RequestError(
            f"{name}: wrong checksum\n  expected sha256 {expected}\n  actual   sha256 {actual}\n"
            "  The file is not the one that was pinned: it was changed or cut short, or the pin is out of date."
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
