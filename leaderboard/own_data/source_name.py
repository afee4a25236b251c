"""Names of data sets, as a user writes them beside names of files."""

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import ClassVar

from leaderboard.errors import RequestError

_PATTERN = re.compile(r"[*?\[]")
_HUB = re.compile(r"(?P<place>[^@:#]+)(@(?P<revision>[^:#]+))?(:(?P<config>[^#]+))?(#(?P<split>.+))?")


class SourceKind(StrEnum):
    """Kinds of data sets; the prefixes of their names."""

    HUB = "hub"
    DISK = "disk"
    FILES = "files"


@dataclass(frozen=True, slots=True)
class SourceName:
    """The name of a data set.

    Attributes:
        text: as the user wrote it.
        kind: kind of the data set.
        place: folder, pattern, or name on the Hub.
        revision: commit on the Hub; None for the newest.
        config: configuration on the Hub.
        split: name of the split; None where it is chosen.
    """

    text: str
    kind: SourceKind
    place: str
    revision: str | None = None
    config: str | None = None
    split: str | None = None

    SYNTAX: ClassVar[str] = (
        "Write hub:OWNER/NAME[@COMMIT][:CONFIG][#SPLIT], disk:FOLDER[#SPLIT], files:FOLDER or files:PATTERN."
    )

    @classmethod
    def of(cls, named: Path) -> "SourceName | None":
        """Return the name of a data set; None for the path of a file.

        Args:
            named: what the user wrote; an existing path is never a name.

        Raises:
            RequestError: for a name of the Hub that is none.
        """
        text = str(named)
        if named.exists():
            return None
        prefix, _, place = text.partition(":")
        if prefix not in list(SourceKind) or not place:
            return cls(text, SourceKind.FILES, text) if _PATTERN.search(text) else None
        kind = SourceKind(prefix)
        if kind is SourceKind.HUB:
            match = _HUB.fullmatch(place)
            if match is None:
                raise RequestError(f"{text}: no name of a data set of the Hub\n  {cls.SYNTAX}")
            return cls(text, kind, **match.groupdict())
        folder, _, split = place.rpartition("#")
        if kind is SourceKind.DISK and folder and not Path(place).exists():
            return cls(text, kind, folder, split=split)
        return cls(text, kind, place)
