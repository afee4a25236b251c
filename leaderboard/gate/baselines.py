"""Saved baselines: named result documents in a folder that is versioned with the code."""

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from leaderboard.documents.reading import read_results
from leaderboard.documents.writing import document, document_text
from leaderboard.errors import RequestError
from leaderboard.store.results import SubjectResults
from leaderboard.whole_files import check_stays_inside, write_whole

SUFFIX = ".json"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedBaseline:
    """A baseline that is saved in a folder.

    Attributes:
        name: file name without its suffix.
        subject: label of the subject.
        tasks: number of tasks with results.
        measured_at: time of the newest result; None where there is none.
        size: size of the file in bytes.
    """

    name: str
    subject: str
    tasks: int
    measured_at: datetime | None
    size: int


def baseline_path(folder: Path, name: str, *, replace: bool = False) -> Path:
    """Return the path of a new baseline.

    Raises:
        RequestError: for a name that is not a valid file name, that exists and must not be replaced, or that is a link
            out of the folder.
    """
    if not _NAME.fullmatch(name):
        raise RequestError(
            f"baseline '{name}': invalid name\n  Use letters, digits, '.', '_' and '-', for instance: main"
        )
    path = folder / f"{name}{SUFFIX}"
    check_stays_inside(path)
    if path.exists() and not replace:
        raise RequestError(f"{path}: this baseline already exists\n  Replace it with --force, or use another name")
    return path


def save_baseline(path: Path, subject: SubjectResults) -> None:
    """Write a subject's result document with its observations, so that a gate can compare example by example.

    Args:
        path: path of the baseline (see `baseline_path`).
        subject: results of the subject.

    Raises:
        RequestError: for results that a document cannot hold.
        OSError: when the file cannot be written.
    """
    content = document_text(document([subject], observations=True)).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, content)


def saved_baselines(folder: Path) -> list[SavedBaseline]:
    """Return the baselines of a folder, sorted by name.

    Raises:
        RequestError: for a file in it that is not a result document.
    """
    return [_described(path) for path in sorted(folder.glob(f"*{SUFFIX}"))]


def _described(path: Path) -> SavedBaseline:
    results = read_results(path)
    evaluations = [each for subject in results for each in subject.evaluations]
    return SavedBaseline(
        name=path.stem,
        subject=", ".join(subject.label for subject in results),
        tasks=len({each.task.name for each in evaluations}),
        measured_at=max((each.started_at for each in evaluations), default=None),
        size=path.stat().st_size,
    )
