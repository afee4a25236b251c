"""Columns that a file has to have, be it a split or a part of one.

Under `missing: drop` a row without a value is left out. A file without a whole column would lose all of its rows; where
it is one of several, the rows of its neighbours would hide it.
"""

import difflib
from collections.abc import Iterator

from leaderboard.data.projection import named_columns
from leaderboard.data.record import Record, Row
from leaderboard.data.specification import FileFormat, Reading
from leaderboard.errors import RequestError

_TABLES = frozenset({FileFormat.DELIMITED, FileFormat.PARQUET, FileFormat.ARROW, FileFormat.EXCEL})
"""Formats in which every row has all columns."""


def with_all_columns(
    records: Iterator[Record], reading: Reading, place: str, *, is_part: bool = True
) -> Iterator[Record]:
    """Yield the rows of a part.

    Args:
        records: the rows.
        reading: settings for reading them.
        place: name of the part, for messages.
        is_part: whether there are other files beside it.

    Raises:
        RequestError: when no row has one of the columns that the settings name.
    """
    absent = named_columns(reading)
    columns: dict[str, None] = {}
    for record in records:
        if absent and not record.problem:
            columns.update(dict.fromkeys(record.row))
            absent = frozenset(name for name in absent if not _has(record.row, name))
            if reading.format in _TABLES:
                _check(absent, columns, place, is_part=is_part)
        yield record
    _check(absent if columns else frozenset(), columns, place, is_part=is_part)


def _has(row: Row, name: str) -> bool:
    """Return whether a row has a column, or the one whose nested value a dotted name leads to."""
    return name in row or any(name.startswith(f"{column}.") for column in row)


def _check(absent: frozenset[str], columns: dict[str, None], place: str, *, is_part: bool) -> None:
    if absent:
        name = min(absent)
        near = difflib.get_close_matches(name.casefold(), {each.casefold(): each for each in columns}, n=1)
        hint = "".join(f"\n  Did you mean {each!r}?" for each in columns if near and each.casefold() == near[0])
        advice = "\n  Name the columns alike in all files, or leave this one out." if is_part else ""
        others = " in this file, which others of the split may have" if is_part else ""
        raise RequestError(f"{place}: no column '{name}'{others}\n  Columns: {', '.join(columns)}{hint}{advice}")
