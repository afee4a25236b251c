"""Detection of a header: column names in the first line of delimited text."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from leaderboard.own_data.column_names import USUAL, plain_name
from leaderboard.own_data.detection import Detected, Detection, listed, question

_FLAG = "--header / --no-header"
_NUMBER = re.compile(r"\s*[-+]?\d+([.,]\d+)?\s*")
_FEWEST = 10
"""Minimum number of further lines that show that the first one is different."""
_MOST_CLASSES = 30
_LONGEST_NAME, _MOST_WORDS = 40, 3


def detect_header(
    path: Path, rows: Sequence[Sequence[str]], *, header: bool | None, columns: Sequence[str]
) -> Detected[bool]:
    """Detect whether the first line names the columns.

    Args:
        path: path of the file, for messages.
        rows: values of its first lines.
        header: the user's own answer.
        columns: columns that the user named.

    Raises:
        RequestError: as a question where nothing shows it.
    """
    if header is not None:
        return _detected(header, "--header" if header else "--no-header")
    first = [cell.strip() for cell in rows[0]]
    if named := [name for name in columns if name in rows[0]]:
        return _detected(True, f"line 1 has the column {listed(named)}")
    if usual := [cell for cell in first if plain_name(cell) in USUAL]:
        return _detected(True, f"line 1 has usual names: {listed(usual[:2])}")
    others = [row for row in rows[1:] if len(row) == len(first)]
    for place, cell in enumerate(first):
        values = [row[place].strip() for row in others]
        if _is_class(cell, values):
            return _detected(False, f"{cell!r} of line 1 is a value of further lines")
    if len(others) >= _FEWEST and len(set(first)) == len(first) and all(map(_is_name, first)):
        for place, cell in enumerate(first):
            values = [row[place].strip() for row in others]
            if evidence := _difference(cell, values):
                return _detected(True, evidence)
    if columns and all(name.isdecimal() and int(name) < len(first) for name in columns):
        return _detected(False, "columns are named by number")
    raise question(path, f"line 1 may be a header or a row ({listed(first)})", "--header", "--no-header")


def could_be_name(cell: str, *, usual: bool = False) -> bool:
    """Whether a value of line 1 may be the name of a column.

    Args:
        cell: the value.
        usual: count usual names alone.
    """
    return plain_name(cell) in USUAL if usual else _is_name(cell.strip())


def _detected(is_header: bool, evidence: str) -> Detected[bool]:
    return Detected(is_header, Detection("header", "yes" if is_header else "no", evidence, _FLAG))


def _is_name(cell: str) -> bool:
    """Whether a cell is as short as the name of a column."""
    return 0 < len(cell) <= _LONGEST_NAME and len(cell.split()) <= _MOST_WORDS and not _NUMBER.fullmatch(cell)


def _is_class(cell: str, values: Sequence[str]) -> bool:
    """Whether a cell of line 1 is one of the few values that a column repeats."""
    counts = Counter(values)
    return bool(cell) and counts[cell] > 1 and 1 < len(counts) <= min(_MOST_CLASSES, len(values) // 2)


def _difference(cell: str, values: Sequence[str]) -> str:
    """Return how a cell of line 1 differs from all others of its column; empty where it does not."""
    counts = Counter(values)
    if cell in counts:
        return ""
    if all(map(_NUMBER.fullmatch, filter(None, counts))) and any(counts):
        return f"{cell!r} of line 1 is no number, unlike the rest of its column"
    if 1 < len(counts) <= min(_MOST_CLASSES, len(values) // 4) and min(counts.values()) > 1:
        return f"{cell!r} of line 1 is none of the {len(counts)} values of its column"
    return ""
