"""Hints at likely mistakes in the `read:` settings of a file."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from leaderboard.data.fields import as_text
from leaderboard.data.record import Record
from leaderboard.data.specification import FileFormat, Reading

_DELIMITERS = {",": '","', "\t": '"\\t"', ";": '";"', "|": '"|"'}
_NAMES = frozenset(
    {"text", "texts", "sentence", "review", "content", "comment", "tweet", "document", "body", "title", "question"}
    | {"premise", "hypothesis", "label", "labels", "class", "category", "sentiment", "target", "rating", "stars"}
    | {"score", "tag", "tags", "gold", "answer"}
)
"""Usual names of columns."""
_NUMBER = re.compile(r"-?\d{1,4}(\.0)?|[Tt]rue|[Ff]alse|TRUE|FALSE")
_SHOWN = 5
"""Maximum number of labels in an example."""


def format_hint(first: Record, reading: Reading, labels: Sequence[str] = ()) -> str:
    """Return a correction where the first row shows a mistake in the settings; empty where none is known.

    Args:
        first: row of the file.
        reading: settings of the task file.
        labels: names of the classes.
    """
    if reading.format is not FileFormat.DELIMITED:
        return _label_values(first.row, reading, labels)
    columns = [name for spec in reading.fields.values() for name in spec.column_names]
    if other := _other_delimiter(first.row, columns, reading):
        return f"the columns of the file are separated by {_DELIMITERS[other]}: write `delimiter: {_DELIMITERS[other]}`"
    if (
        reading.header
        and columns
        and all(column.isdecimal() for column in columns)
        and not set(columns) & set(first.row)
    ):
        return "columns are taken by number, but `header` is true: write `header: false` for a file without a header"
    raw = {*reading.label_values, *labels}
    if reading.header and not set(columns) & set(first.row) and raw & {column.strip() for column in first.row}:
        return "line 1 holds a label and no column names: write `header: false` and take columns by number, from 0"
    if not reading.header and _looks_like_header(first.row, columns):
        return "row 1 looks like a header: write `header: true` and name the columns in `fields`"
    return _label_values(first.row, reading, labels)


def _label_values(row: Mapping[str, Any], reading: Reading, labels: Sequence[str]) -> str:
    """Return a correction where classes are numbers in the file and names in the task."""
    field = reading.fields.get("label")
    column = "" if field is None else str(field.column)
    if column not in row or reading.label_values or reading.label_ranges or not labels:
        return ""
    value = as_text(row[column]).strip()
    if value in labels or not _NUMBER.fullmatch(value):
        return ""
    begin = 0 if len(labels) > 1 and value != str(len(labels)) else 1
    pairs = ", ".join(f'"{number}": {label}' for number, label in enumerate(labels[:_SHOWN], start=begin))
    more = ", …" if len(labels) > _SHOWN else ""
    return (
        f"column '{column}' holds {value!r}, and the labels are names: write which is which, "
        f"such as `label_values: {{{pairs}{more}}}`"
    )


def _other_delimiter(row: Mapping[str, Any], columns: Sequence[str], reading: Reading) -> str:
    """Return the delimiter that would split the only column into the named ones."""
    if len(row) != 1 or set(columns) <= set(row):
        return ""
    cell = next(iter(row)) if reading.header else str(next(iter(row.values())))
    for delimiter in _DELIMITERS:
        parts = [part.strip().strip('"') for part in cell.split(delimiter)]
        if delimiter == reading.delimiter or len(parts) == 1:
            continue
        if set(columns) <= (set(parts) if reading.header else set(map(str, range(len(parts))))):
            return delimiter
    return ""


def _looks_like_header(row: Mapping[str, Any], columns: Iterable[str]) -> bool:
    cells = [str(row[column]) for column in columns if column in row]
    return bool(cells) and all(_plain(cell) in _NAMES or _plain(cell) in {"id", "idx"} for cell in cells)


def _plain(cell: str) -> str:
    return unicodedata.normalize("NFKC", cell).strip().strip('"').casefold()
