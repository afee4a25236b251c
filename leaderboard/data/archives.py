"""Archives: what is inside, and single files out of them. Names inside an archive never become paths outside."""

import shutil
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from leaderboard.errors import RequestError, unknown_name


def members(archive: Path, *, inside_top: bool = False) -> list[str]:
    """Names of the regular files in a .zip (or wheel), .tar, .tar.gz or .tgz file.

    Args:
        archive: the file; what it is is read off its bytes.
        inside_top: leave out the one folder that a source archive wraps everything in.
    """
    return list(_entries(archive, inside_top=inside_top))


def extract(archive: Path, member: str, target: Path, *, inside_top: bool = False) -> None:
    """Copy one file out of an archive.

    The caller says where it goes, so a member's own name cannot lead anywhere else.

    Raises:
        RequestError: when the archive has no such file, or is none.
    """
    entries = _entries(archive, inside_top=inside_top)
    if member not in entries:
        raise unknown_name("file", member, _same_kind(member, entries), where=archive.name)
    with _opened(archive, entries[member]) as inside, target.open("wb") as outside:
        shutil.copyfileobj(inside, outside)


def _same_kind(member: str, names: dict[str, str]) -> list[str]:
    """Big archives hold thousands of names: those with the same ending say enough."""
    return [name for name in names if Path(name).suffix == Path(member).suffix]


def _entries(archive: Path, *, inside_top: bool) -> dict[str, str]:
    """Name of each regular file as we call it, to its name in the archive."""
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as opened:
            names = [info.filename for info in opened.infolist() if not info.is_dir()]
    else:
        with _tar(archive) as opened_tar:
            names = [info.name for info in opened_tar.getmembers() if info.isreg()]
    if not inside_top:
        return {name.removeprefix("./"): name for name in names}
    return {name.removeprefix("./").partition("/")[2]: name for name in names if "/" in name.removeprefix("./")}


@contextmanager
def _opened(archive: Path, name: str) -> Iterator[IO[bytes]]:
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as opened, opened.open(name) as file:
            yield file
        return
    with _tar(archive) as opened_tar:
        inside = opened_tar.extractfile(name)
        if inside is None:
            raise RequestError(f"{archive.name}: '{name}' is not a regular file")
        with inside:
            yield inside


@contextmanager
def _tar(archive: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(archive) as opened:
            yield opened
    except (tarfile.TarError, EOFError) as error:
        raise RequestError(f"{archive}: not a readable .zip, .tar, .tar.gz or .tgz file: {error}") from None
