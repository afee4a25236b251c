"""Compressed data files: one file that gzip, bzip2, xz or Zstandard compressed, or the only file in a .zip archive."""

from collections.abc import Callable
from pathlib import Path

from leaderboard.cache.cached_files import cached_file
from leaderboard.cache.file_digests import verified_digest
from leaderboard.cache.kinds import CacheKind
from leaderboard.data import archives
from leaderboard.errors import RequestError
from leaderboard.settings import cache_folder

_ZIP = b"PK\x03\x04"
_TAR, _TAR_PLACE = b"ustar", 257
_SPREADSHEET = "[Content_Types].xml"
"""A file that every .xlsx file has."""
_SHOWN = 10
"""Maximum number of names in a message."""


def unpacked(path: Path) -> Path:
    """Return the file, or the cached file that it contains where it is compressed.

    Raises:
        RequestError: for a damaged file, one that becomes too large, and an archive of several files.
    """
    try:
        with path.open("rb") as file:
            begin = file.read(_TAR_PLACE + len(_TAR))
    except OSError as error:
        raise RequestError(f"{path}: cannot be read: {error.strerror}") from None
    if begin.startswith(_ZIP):
        names = archives.members(path)
        if _SPREADSHEET in names:
            raise RequestError(f"{path}: a spreadsheet\n  Write `format: excel` under `read:`.")
        if len(names) != 1:
            shown = ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
            raise _several(path, f"an archive of {len(names)} files: {shown}")
        return _cached(path, lambda fresh: archives.extract(path, names[0], fresh))
    if begin.startswith(tuple(archives.COMPRESSIONS)):
        return _cached(path, lambda fresh: archives.decompress(path, fresh))
    if begin[_TAR_PLACE:] == _TAR:
        raise _several(path, "a .tar archive")
    return path


def _cached(path: Path, make: Callable[[Path], None]) -> Path:
    target = cache_folder() / CacheKind.DATA / verified_digest(path) / "unpacked" / (path.stem or "data")
    cached_file(target, make)
    with target.open("rb") as file:
        if file.read(_TAR_PLACE + len(_TAR))[_TAR_PLACE:] == _TAR:
            raise _several(path, "a .tar archive")
    return target


def _several(path: Path, kind: str) -> RequestError:
    return RequestError(f"{path}: {kind}\n  Name the file in it that is read: `member: NAME` beside `sha256`.")
