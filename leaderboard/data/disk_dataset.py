"""Folders that `save_to_disk` of the library `datasets` writes: Arrow files, and JSON files that describe them.

They are read without that library, whose reader follows whatever addresses `state.json` holds.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from leaderboard.data.class_names import named_rows
from leaderboard.data.json_reader import read_json
from leaderboard.data.process_rows import process_rows
from leaderboard.data.projection import columns_of
from leaderboard.data.reader_process import Reader
from leaderboard.data.record import Record
from leaderboard.data.specification import Reading
from leaderboard.errors import RequestError, unknown_name

SPLITS, STATE, INFO = "dataset_dict.json", "state.json", "dataset_info.json"
"""Files of a folder with several splits, and of one with one."""


def disk_rows(folder: Path, split: str | None, reading: Reading) -> Iterator[Record]:
    """Yield the rows of a data set in a folder, with the names of classes.

    Args:
        folder: the folder.
        split: name of the split, where the folder has several.
        reading: settings for reading; its format does not matter.

    Raises:
        RequestError: for a folder that is none, or is damaged.
    """
    place = _split_folder(folder, split)
    features = _json(place / INFO).get("features")
    columns = columns_of(reading)
    paths = [str(path.resolve()) for path in _data_files(place)]
    arguments = {"paths": paths, "columns": None if columns is None else sorted(columns)}
    yield from named_rows(process_rows(Reader.DISK, str(place), arguments), features)


@dataclass(frozen=True, slots=True)
class SavedDataSet:
    """What a folder says of its data set.

    Attributes:
        folder: the folder.
        splits: names of its splits; none for a data set without splits.
    """

    folder: Path
    splits: list[str]

    def features(self, split: str | None) -> Any:
        """Return the features by column of a split.

        Args:
            split: its name; None for a data set without splits.
        """
        return _json(_split_folder(self.folder, split) / INFO).get("features")


def disk_content(folder: Path) -> SavedDataSet:
    """Return what a folder says of its data set.

    Args:
        folder: the folder.

    Raises:
        RequestError: for a folder that is none, or is damaged.
    """
    _check_saved(folder)
    return SavedDataSet(folder, _split_names(folder) if (folder / SPLITS).is_file() else [])


def _check_saved(folder: Path) -> None:
    if not any((folder / name).is_file() for name in (SPLITS, STATE)):
        raise RequestError(f"disk: {folder}: `save_to_disk` of `datasets` did not write it: it has no {STATE}")


def _split_names(folder: Path) -> list[str]:
    names = _json(folder / SPLITS).get("splits")
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise RequestError(f"{folder / SPLITS}: `splits` is no list of names")
    return names


def _split_folder(folder: Path, split: str | None) -> Path:
    _check_saved(folder)
    if not (folder / SPLITS).is_file():
        if split is not None:
            raise RequestError(f"disk: {folder}: it has no splits; leave `split: {split}` out")
        return folder
    names = _split_names(folder)
    if split is None:
        raise RequestError(f"disk: {folder}: name one of its splits with `split`: {', '.join(names)}")
    if split not in names:
        raise unknown_name("split", split, names, where=f"disk: {folder}")
    return folder / split


def _data_files(folder: Path) -> list[Path]:
    state = _json(folder / STATE)
    if state.get("_indices_data_files") or state.get("_indices_files"):
        raise RequestError(f"{folder}: rows are chosen by an index; call `flatten_indices` before `save_to_disk`")
    entries = state.get("_data_files")
    names = [entry.get("filename") for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    for name in names:
        if not isinstance(name, str) or PurePosixPath(name).name != name or not (folder / name).is_file():
            raise RequestError(f"{folder / STATE}: {str(name)[:100]!r} is no file of this folder")
    if not names:
        raise RequestError(f"{folder / STATE}: names no data files")
    return [folder / str(name) for name in names]


def _json(path: Path) -> dict[str, Any]:
    content = read_json(path, unique_keys=True)
    if not isinstance(content, dict):
        raise RequestError(f"{path}: no JSON object")
    return content
