"""Files of a user, plain, compressed or in an archive, which `FILE:MEMBER` names a file of."""

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from leaderboard.cache.file_digests import verified_digest
from leaderboard.data import archives
from leaderboard.data.fetching import locate
from leaderboard.data.record import Record
from leaderboard.data.rows import read_rows
from leaderboard.data.source import Source
from leaderboard.data.specification import Reading
from leaderboard.data.unpacking import unpacked
from leaderboard.errors import RequestError, unknown_name
from leaderboard.nearest_path import nearest_path
from leaderboard.own_data.detection import Detection, question, quoted
from leaderboard.own_data.yaml_flow import Value

_ZIP = b"PK\x03\x04"
_WORKBOOKS = frozenset({".xlsx", ".xlsm", ".xlsb", ".ods"})
"""Endings of files that are archives, and are read as they are."""
_TARS = (".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz", ".tar.zst")
_WORKBOOK = "xl/workbook.xml"
"""A file that every .xlsx file has."""
_SHOWN = 8


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file of a user.

    Attributes:
        path: path of the file, links resolved.
        content: file with its content, unpacked where it is compressed or in an archive.
        member: path of the file in the archive; empty without one.
    """

    path: Path
    content: Path
    member: str = ""

    @property
    def name(self) -> str:
        """Name for people."""
        return f"{self.path.name}:{self.member}" if self.member else self.path.name

    @property
    def title(self) -> str:
        """Name without ending of what was unpacked, or of the file."""
        return Path(self.member or self.content.name).stem

    @property
    def anchor(self) -> Path:
        """Folder of the file."""
        return self.path.parent

    @property
    def sha256(self) -> str:
        """Digest of its bytes."""
        return verified_digest(self.path)

    def records(self, reading: Reading) -> Iterator[Record]:
        """Yield its rows.

        Args:
            reading: settings for reading them.
        """
        return read_rows(self.content, reading)

    def written_source(self, folder: Path) -> dict[str, Value]:
        """Return the source as a task file has it.

        Args:
            folder: folder of the task file.
        """
        source: dict[str, Value] = {"file": self.path.relative_to(folder).as_posix(), "sha256": self.sha256}
        return source | ({"member": self.member} if self.member else {})

    @property
    def detections(self) -> tuple[Detection, ...]:
        """What was unpacked, where anything was."""
        if self.member:
            return (Detection("file", self.member, f"in {self.path.name}", "FILE:MEMBER"),)
        return () if self.content == self.path else (Detection("file", self.content.name, "unpacked"),)


def find_data_file(named: Path, *, flag: str) -> DataFile:
    """Return a file that a user named.

    Args:
        named: its path, or `ARCHIVE:MEMBER`.
        flag: the option that named it, for messages.

    Raises:
        RequestError: for a file that is not there or cannot be unpacked; as a question for an archive of several files.
    """
    path, member = _parts(named)
    if not path.is_file():
        kind = f"no such file{nearest_path(path)}"
        if path.is_dir():
            kind = f"is a folder; name one file, files:{named} for all of them, or disk:{named} for a saved data set"
        raise RequestError(f"{flag} {named}: {kind}")
    path = path.resolve()
    if _is_archive(path):
        return _member(path, member, flag=flag)
    if member:
        raise RequestError(f"{flag} {named}: {path.name} is no archive\n  Leave `:{member}` out.")
    return single_file(path)


def single_file(path: Path) -> DataFile:
    """Return a file that is no archive.

    Args:
        path: its path, links resolved.
    """
    return DataFile(path, path if path.suffix.casefold() in _WORKBOOKS else unpacked(path))


def _parts(named: Path) -> tuple[Path, str]:
    head, colon, tail = str(named).rpartition(":")
    is_member = colon and tail and not named.exists() and Path(head).is_file()
    return (Path(head), tail) if is_member else (named, "")


def _is_archive(path: Path) -> bool:
    with path.open("rb") as file:
        is_zip = file.read(len(_ZIP)) == _ZIP
    if is_zip:
        return path.suffix.casefold() not in _WORKBOOKS
    return path.name.casefold().endswith(_TARS) or (path.suffix == "" and tarfile.is_tarfile(path))


def _member(path: Path, member: str, *, flag: str) -> DataFile:
    """Return a file of an archive; the only one where none was named."""
    every = archives.members(path)
    names = [name for name in every if not any(part.startswith((".", "__MACOSX")) for part in name.split("/"))]
    if member and member not in every:
        raise unknown_name("file", member, names, where=str(path))
    if not member and _WORKBOOK in names:
        raise RequestError(f"{flag} {path}: a spreadsheet\n  Give it the ending .xlsx.")
    if not member and len(names) != 1:
        if not names:
            raise RequestError(f"{flag} {path}: an archive without files")
        shown = ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
        raise question(path, f"an archive of {len(names)} files: {shown}", f"{flag} {path.name}:{names[0]}", "another")
    chosen = member or names[0]
    try:
        source = Source.model_validate({"file": path.name, "sha256": verified_digest(path), "member": chosen})
    except ValidationError:  # a name that is no path in a folder, of the archive or of its file
        raise RequestError(
            f"{path}: a task file cannot name {quoted(chosen)} in it; unpack it, and name the file"
        ) from None
    return DataFile(path, unpacked(locate(source, folder=path.parent, offline=True)), chosen)
