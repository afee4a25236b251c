"""Checksums of cached folders: the digests of their files, by which damage and additions are noticed."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from leaderboard.cache.file_digests import Digest, verified_digest
from leaderboard.identity import digest

CHECKSUMS = ".checksums.json"
"""File in a cached folder with the digests of its files."""


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
