"""Archives: list and extract files from .zip and .tar archives of untrusted content.

Names in an archive never become paths. An archive of a megabyte can hold a file of gigabytes, or millions of names, and
the sizes in its headers may be wrong: extracted bytes are counted.
"""

import bz2
import gzip
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

from leaderboard.data.text_files import bytes_text
from leaderboard.data.zstandard import ZstandardFile
from leaderboard.errors import RequestError, unknown_name

LARGEST_FILE = 8 * 2**30
"""Maximum bytes that are extracted from an archive."""
MOST_RATIO = 200
"""Maximum ratio of extracted bytes to the size of the archive, above `ALWAYS`; text has about 10."""
ALWAYS = 100 * 2**20
MOST_MEMBERS = 200_000
LARGEST_DIRECTORY = 64 * 2**20
"""Maximum bytes of the directory of a .zip file."""
_PIECE = 2**20
_BROKEN = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)
"""Exceptions for damaged, encrypted and unknown archives."""
COMPRESSIONS: dict[bytes, Any] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\x00": lzma.open,
    b"\x28\xb5\x2f\xfd": ZstandardFile,
}
"""First bytes of compressed files, and the function that opens each."""


def members(archive: Path, *, inside_top: bool = False) -> list[str]:
    """Return the names of the regular files in a .zip (or wheel), .tar, .tar.gz or .tgz file.

    Args:
        archive: the file; what it is is read off its bytes.
        inside_top: leave out the one folder that a source archive wraps everything in.
    """
    return list(_entries(archive, inside_top=inside_top))


def extract(archive: Path, member: str, target: Path, *, inside_top: bool = False) -> None:
    """Extract one file from an archive.

    The caller chooses the target path, so the name in the archive cannot lead elsewhere.

    Raises:
        RequestError: when the archive has no such file, or is none.
    """
    entries = _entries(archive, inside_top=inside_top)
    if member not in entries:
        raise unknown_name("file", member, _same_kind(member, entries), where=archive.name)
    with _readable(archive), _opened(archive, entries[member]) as inside, target.open("wb") as outside:
        _copy(inside, outside, archive, f"'{member}'")


def decompress(path: Path, target: Path) -> None:
    """Write the unpacked bytes of a compressed file that is no archive.

    Raises:
        RequestError: when it is damaged, or becomes too large.
    """
    with _readable(path), _opener(path)(path) as inside, target.open("wb") as outside:
        _copy(inside, outside, path, "what it holds")


def _copy(inside: Any, outside: IO[bytes], archive: Path, content: str) -> None:
    left = most_bytes(archive)
    while piece := inside.read(_PIECE):
        left -= len(piece)
        if left < 0:
            raise _too_large(archive, content)
        outside.write(piece)


def most_bytes(archive: Path) -> int:
    """Return the maximum number of bytes to extract from an archive."""
    return min(max(ALWAYS, MOST_RATIO * archive.stat().st_size), LARGEST_FILE)


def check_unpacked(path: Path) -> None:
    """Check that a compressed file or an archive does not become too large when another library unpacks it.

    Raises:
        RequestError: when it would, naming it.
    """
    with _readable(path):
        if zipfile.is_zipfile(path):
            list(_zip_names(path))
            with zipfile.ZipFile(path) as opened:
                size = sum(info.file_size for info in opened.infolist())
        else:
            opener = _opener(path)
            size = 0 if opener is None else _unpacked_size(opener, path)
    check_size(path, size)


def check_size(path: Path, size: int) -> None:
    """Check the bytes that the content of a compressed file has when it is unpacked.

    Raises:
        RequestError: when they are too many.
    """
    if size > most_bytes(path):
        raise _too_large(path, "what it holds")


def _unpacked_size(opener: Any, path: Path) -> int:
    """Return the unpacked size of a compressed file, up to its limit."""
    size, most = 0, most_bytes(path)
    with opener(path) as plain:
        while size <= most and (piece := plain.read(_PIECE)):
            size += len(piece)
    return size


def _opener(path: Path) -> Any:
    """Return the function that opens a compressed file; None for a file that is not compressed."""
    with path.open("rb") as file:
        begin = file.read(6)
    return next((each for magic, each in COMPRESSIONS.items() if begin.startswith(magic)), None)


def _too_large(archive: Path, content: str) -> RequestError:
    return RequestError(
        f"{archive.name}: {content} is larger than {bytes_text(most_bytes(archive))} when it is unpacked\n"
        f"  At most {bytes_text(ALWAYS)}, or {MOST_RATIO} times the archive's size, and never more than "
        f"{bytes_text(LARGEST_FILE)}, are unpacked. Split the file, or unpack it and name it as a file."
    )


@contextmanager
def _readable(archive: Path) -> Iterator[None]:
    """Convert exceptions for an invalid archive to one message.

    Raises:
        RequestError: naming it.
    """
    try:
        yield
    except _BROKEN as error:
        raise RequestError(
            f"{archive}: not a readable archive or compressed file: {str(error)[:200] or type(error).__name__}"
        ) from None


def _same_kind(member: str, names: dict[str, str]) -> list[str]:
    """Return the names with the same suffix, since large archives hold thousands of names."""
    return [name for name in names if Path(name).suffix == Path(member).suffix]


def _entries(archive: Path, *, inside_top: bool) -> dict[str, str]:
    """Return the regular files by their normalised names, with their names in the archive."""
    with _readable(archive):
        names = list(_zip_names(archive) if zipfile.is_zipfile(archive) else _tar_names(archive))
    if not inside_top:
        return {name.removeprefix("./"): name for name in names}
    return {name.removeprefix("./").partition("/")[2]: name for name in names if "/" in name.removeprefix("./")}


def _zip_names(archive: Path) -> Iterator[str]:
    with archive.open("rb") as file:
        end = zipfile._EndRecData(file)  # type: ignore[attr-defined]  # noqa: SLF001 - before all names are read
    if end and end[zipfile._ECD_SIZE] > LARGEST_DIRECTORY:  # type: ignore[attr-defined]  # noqa: SLF001
        raise _too_many(archive)
    with zipfile.ZipFile(archive) as opened:
        if len(opened.filelist) > MOST_MEMBERS:
            raise _too_many(archive)
        # one without a name is no file that could be asked for, and no folder that `is_dir` could know
        yield from (info.filename for info in opened.infolist() if info.filename and not info.is_dir())


def _tar_names(archive: Path) -> Iterator[str]:
    with _tar(archive) as opened:
        for number, info in enumerate(opened):
            if number >= MOST_MEMBERS:
                raise _too_many(archive)
            if info.isreg():
                yield info.name


def _too_many(archive: Path) -> RequestError:
    return RequestError(f"{archive.name}: more than {MOST_MEMBERS:,} files\n  Make an archive of those that are read.")


@contextmanager
def _opened(archive: Path, name: str) -> Iterator[IO[bytes]]:
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as opened, opened.open(name) as file:
            yield file
        return
    with _tar(archive) as opened_tar:
        info = None
        for each in opened_tar:
            info = each if each.name == name and each.isreg() else info  # the last one counts
        inside = opened_tar.extractfile(info) if info is not None else None
        if inside is None:
            raise RequestError(f"{archive.name}: '{name}' is not a regular file")
        with inside:
            yield inside


@contextmanager
def _tar(archive: Path) -> Iterator[tarfile.TarFile]:
    opener = _opener(archive)
    with opener(archive) if opener is not None else archive.open("rb") as plain:
        limited = cast("IO[bytes]", _Limited(plain, archive))
        with tarfile.open(fileobj=limited, mode="r:") as opened:
            yield opened


class _Limited:
    """A stream with a limit on the unpacked bytes and on the size of headers."""

    def __init__(self, stream: IO[bytes], archive: Path) -> None:
        self._stream = stream
        self._archive = archive
        self._most = most_bytes(archive)

    def read(self, size: int = -1) -> bytes:
        """Read the next bytes."""
        if not 0 <= size <= 16 * _PIECE or self._stream.tell() + size > self._most + 16 * _PIECE:
            raise _too_large(self._archive, "what it holds")
        return self._stream.read(size)

    def seek(self, position: int, whence: int = 0) -> int:
        """Seek to a position from the beginning, which unpacks everything before it."""
        if whence == 0 and position > self._most:
            raise _too_large(self._archive, "what it holds")
        return self._stream.seek(position, whence)

    def tell(self) -> int:
        """Return the current position."""
        return self._stream.tell()
