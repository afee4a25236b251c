"""The task of files of texts: those that a model may have been pre-trained on, and others to compare them with."""

import os
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from leaderboard.data.specification import Reading
from leaderboard.errors import RequestError
from leaderboard.own_data.columns import choose_text_column
from leaderboard.own_data.data_file import DataFile, find_data_file
from leaderboard.own_data.file_layout import FileLayout, detect_source_layout
from leaderboard.own_data.options import DataArguments, DataOptions
from leaderboard.own_data.own_data import task_name
from leaderboard.tasks import Catalogue, Task

MEMBERS, NONMEMBERS = "--members", "--nonmembers"
_OPTIONS = frozenset({"text", "delimiter", "encoding", "header", "sheet", "drop_bad_rows", "language"})
"""Options of a user's own data that texts without labels have."""


@dataclass(frozen=True)
class _Purpose:
    """What a task does with files of texts."""

    title: str
    protocol: str
    description: str
    metrics: tuple[str, ...]


_MEMBERSHIP = _Purpose(
    "membership",
    "pretraining_membership",
    "Was the model pre-trained on the texts of one file rather than on those of another?",
    ("leak_auc", "attack_auc", "attack_tpr_at_1pct_fpr", "attack_tpr_at_01pct_fpr", "blind_auc"),
)
_EXTRACTION = _Purpose(
    "extraction",
    "extraction",
    "Does the model continue the texts of a file, which it may have been pre-trained on, word for word?",
    ("extraction_rate", "probabilistic_extraction_rate"),
)


def add_membership_task(
    members: str | PathLike[str] | None,
    nonmembers: str | PathLike[str] | None,
    arguments: DataArguments,
    catalogue: Catalogue,
) -> Task:
    """Add the task of attacks on two files to a catalogue, or of extraction from the first where it is alone.

    Args:
        members: file of texts that are claimed to be in the pre-training data.
        nonmembers: file of texts that are claimed not to be; None for a task that extracts the members.
        arguments: options of reading both files.
        catalogue: tasks whose names are taken.

    Returns:
        The task.

    Raises:
        RequestError: for a missing file, one that cannot be read, or an option that these files do not have.
    """
    if members is None:
        raise RequestError(f"{NONMEMBERS} needs {MEMBERS} FILE, too: an attack compares texts of both kinds")
    if useless := sorted(arguments.keys() - _OPTIONS):
        raise RequestError(
            f"--{useless[0].replace('_', '-')} cannot be combined with {MEMBERS}, whose texts have no labels"
        )
    options = DataOptions.read(members, arguments)
    files = {"members": find_data_file(options.data, flag=MEMBERS)}
    if nonmembers is not None:
        files["nonmembers"] = find_data_file(Path(nonmembers), flag=NONMEMBERS)
    if files["members"] == files.get("nonmembers"):
        raise RequestError(f"{MEMBERS} and {NONMEMBERS} name the same file, {members}")
    folder = Path(os.path.commonpath([file.anchor for file in files.values()]))
    purpose = _EXTRACTION if nonmembers is None else _MEMBERSHIP
    name = task_name(f"{purpose.title}_{files['members'].title}", catalogue)
    task = Task.model_validate(
        {
            "name": name,
            "version": 1,
            "axis": "privacy",
            "protocol": purpose.protocol,
            "description": purpose.description,
            "data": {"splits": {split: _split(file, options, folder) for split, file in files.items()}},
            "metrics": purpose.metrics,
            "license": "not stated (own data)",
            "citation": "own data",
            "language": options.language,
        }
    ).read_from(folder / f"{name}.yaml")
    catalogue.add(task)
    return task


def _split(file: DataFile, options: DataOptions, folder: Path) -> dict[str, Any]:
    """Return a split of a task file: the source, and how it is read."""
    layout = detect_source_layout(file, options, is_main=True, has_labels=False)
    column = choose_text_column(file.path, [record.row for record in layout.sample], options.text)
    return {"source": file.written_source(folder), "read": _reading(layout, column)}


def _reading(layout: FileLayout, column: str) -> dict[str, Any]:
    settings = layout.reading.model_dump(mode="json", exclude_defaults=True)
    fields = {"text": column if layout.reading.header else int(column)}
    return Reading.model_validate({**settings, "missing": "drop", "fields": fields}).model_dump(
        mode="json", exclude_defaults=True
    )
