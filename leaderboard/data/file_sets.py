"""Several files as one source: the files of a folder, or those that a pattern names.

Their digest is that of the lines which `sha256sum` prints for them, in the order of their names, which are relative to
the folder that a pattern begins with. So it stays, and ids of rows stay, where the folder is moved:

    cd data && sha256sum *.csv | sha256sum                                        # files: data/*.csv
    cd data && sha256sum $(find * -type f | LC_ALL=C sort) | sha256sum            # files: data

Hidden files are left out.
"""

import re
from collections import Counter
from hashlib import sha256
from pathlib import Path

from leaderboard.cache.cached_files import check_digest
from leaderboard.cache.file_digests import Digest, verified_digest
from leaderboard.errors import RequestError, SourceUnavailableError
from leaderboard.regular_files import IrregularFileError

MOST_FILES = 10_000
_PATTERN = re.compile(r"[*?\[]")
_SIDE_FILES = frozenset({".md", ".license"})
"""Endings of what lies beside data in a folder and is none."""


def files_of(pattern: str, folder: Path) -> dict[str, Path]:
    """Return the files of a folder or of a pattern, by name, in the order of their names.

    Args:
        pattern: relative to the folder of the task file.
        folder: folder of the task file.

    Raises:
        SourceUnavailableError: when there is none.
        RequestError: for files of several formats, for too many, and for what leads out of the folder.
    """
    root, rest = root_of(pattern)
    base = folder / root
    if not base.is_dir():
        raise SourceUnavailableError(f"{base} is no folder")
    chosen: dict[str, Path] = {}
    for path in base.glob(rest or "**/*"):
        name = path.relative_to(base).as_posix()
        if path.is_dir() or any(part.startswith(".") for part in Path(name).parts):
            continue
        if not path.resolve().is_relative_to(folder.resolve()):
            raise RequestError(f"files: {pattern}: {name} leads out of {folder}; data has to lie in the task's folder")
        chosen[name] = path
        if len(chosen) > MOST_FILES:
            raise RequestError(f"files: {pattern}: more than {MOST_FILES:,} files in {base}")
    if not chosen:
        raise SourceUnavailableError(f"no file in {base} matches '{rest}'" if rest else f"{base} is empty")
    return {name: chosen[name] for name in sorted(chosen)}


def data_files_of(pattern: str, folder: Path, sha256: str) -> dict[str, Path]:
    """Return the verified data files of a folder or of a pattern, all of one format.

    Raises:
        RequestError: as `files_of`; for files with different endings, or another digest.
    """
    files = check_files(pattern, folder, sha256)
    data = {name: path for name, path in files.items() if path.suffix.lower() not in _SIDE_FILES}
    endings = Counter("".join(path.suffixes[-2:]).lower() for path in data.values())
    if len(endings) > 1:
        shown = ", ".join(f"{count} {ending or 'without ending'}" for ending, count in endings.most_common(5))
        raise RequestError(
            f"files: {pattern}: files of several formats: {shown}\n  Name those to read with a pattern, such as "
            f"'{root_of(pattern)[0] or '.'}/*{endings.most_common(1)[0][0]}'."
        )
    return data


def check_files(pattern: str, folder: Path, sha256: str) -> dict[str, Path]:
    """Return the files of a folder or of a pattern, verified.

    Raises:
        RequestError: as `files_of`, and for another digest.
    """
    files = files_of(pattern, folder)
    check_digest(set_digest(files), sha256, name=f"{folder / pattern} ({len(files)} files)")
    return files


def set_digest(files: dict[str, Path], read: Digest = verified_digest) -> str:
    """Return the digest of files, by their names.

    Raises:
        RequestError: for a file that cannot be read, such as a pipe.
    """
    lines = "".join(f"{_digest(path, read)}  {name}\n" for name, path in sorted(files.items()))
    return sha256(lines.encode()).hexdigest()


def _digest(path: Path, read: Digest) -> str:
    try:
        return read(path)
    except IrregularFileError as error:
        raise RequestError(str(error)) from None
    except OSError as error:
        raise RequestError(f"{path}: {error.strerror or error}") from None


def root_of(pattern: str) -> tuple[str, str]:
    """Return the folder that a pattern begins with, and the rest; the rest is empty for a folder."""
    parts = pattern.rstrip("/").split("/")
    plain = next((index for index, part in enumerate(parts) if _PATTERN.search(part)), len(parts))
    return "/".join(parts[:plain]), "/".join(parts[plain:])
