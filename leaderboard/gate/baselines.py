"""Baselines: result documents with a name, in a folder that is kept with the code."""

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from leaderboard.documents.reading import read
from leaderboard.documents.writing import document
from leaderboard.documents.writing import text as document_text
from leaderboard.errors import RequestError
from leaderboard.store.results import SubjectResults

ENDING = ".json"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedBaseline:
    """A baseline of a folder.

    Attributes:
        subject: its label.
        tasks: how many it was measured on.
        measured_at: the newest of them; None where there is none.
        size: of the file, in bytes.
    """

    name: str
    subject: str
    tasks: int
    measured_at: datetime | None
    size: int


def place_of(folder: Path, name: str, *, replace: bool = False) -> Path:
    """The file of a new baseline.

    Raises:
        RequestError: for a name that is no file name, or one that is taken and not to be replaced.
    """
    if not _NAME.fullmatch(name):
        raise RequestError(f"baseline '{name}': a name is made of letters, digits, '.', '_' and '-', for instance main")
    path = folder / f"{name}{ENDING}"
    if path.exists() and not replace:
        raise RequestError(f"{path}: there is a baseline of that name\n  Replace it with --force, or name another")
    return path


def content_of(subject: SubjectResults) -> bytes:
    """A subject's results with what was seen, so that a gate compares example by example.

    Raises:
        RequestError: for what a document cannot hold.
    """
    return document_text(document([subject], observations=True)).encode()


def saved_baselines(folder: Path) -> list[SavedBaseline]:
    """The baselines of a folder, by name.

    Raises:
        RequestError: for a file in it that is no result document.
    """
    return [_described(path) for path in sorted(folder.glob(f"*{ENDING}"))]


def _described(path: Path) -> SavedBaseline:
    results = read(path)
    evaluations = [each for subject in results for each in subject.evaluations]
    return SavedBaseline(
        name=path.stem,
        subject=", ".join(subject.label for subject in results),
        tasks=len({each.task.name for each in evaluations}),
        measured_at=max((each.started_at for each in evaluations), default=None),
        size=path.stat().st_size,
    )
