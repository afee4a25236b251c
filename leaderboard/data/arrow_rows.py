"""Rows of batches of Arrow, as Parquet files, Arrow files and Hub data sets give them."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

from leaderboard.data.arrow_values import UnreadableValueError, check_type, plain_values
from leaderboard.data.record import Record
from leaderboard.data.row_limits import RowLimits
from leaderboard.errors import RequestError

BATCH = 4_096
"""Rows that are converted together."""


def columns_to_read(schema: Any, named: Collection[str] | None, limits: RowLimits) -> list[str]:
    """Return the names of the columns to read, in the order of the file, and check their types.

    Args:
        schema: the schema of the file.
        named: columns that the fields are made of (see `data.projection`); None for all.
        limits: the limits of the file.

    Raises:
        RequestError: for too many columns, for a column that is there twice, or of a type that cannot be read.
    """
    names: list[str] = list(schema.names)
    limits.check_columns(len(names))
    chosen = list(dict.fromkeys(names))
    if named is not None:
        owners = {_column_of(name, chosen) for name in named}
        if None not in owners:  # else all of them, which the message about the missing one lists
            chosen = [name for name in chosen if name in owners]
    twice = Counter(names)
    for name in chosen:
        if twice[name] > 1:
            raise RequestError(f"{limits.place}: {twice[name]} columns are called '{name}'; rename all but one of them")
        check_type(schema.field(name).type, name, limits.place)
    return chosen


def _column_of(name: str, names: Collection[str]) -> str | None:
    """Return the column that a name, which may lead into nested values, begins with."""
    if name in names:
        return name
    return next((each for each in names if name.startswith(f"{each}.")), None)


def batch_rows(batches: Iterable[Any], columns: Collection[str], limits: RowLimits) -> Iterator[Record]:
    """Yield the rows of record batches; a row with a value that cannot be read has a problem.

    Args:
        batches: record batches.
        columns: names of the columns to convert.
        limits: counts what is read.
    """
    number = 0
    for batch in batches:
        limits.add_rows(batch.num_rows)
        chosen = batch.select(list(columns))
        chosen.validate(full=True)
        for begin in range(0, batch.num_rows, BATCH):
            for record in _slice_rows(chosen.slice(begin, BATCH), number, limits):
                number += 1
                yield record


def _slice_rows(batch: Any, before: int, limits: RowLimits) -> Iterator[Record]:
    try:
        columns = [plain_values(column, limits) for column in batch.columns]
    except UnreadableValueError:
        if batch.num_rows > 1:
            for index in range(batch.num_rows):
                yield from _slice_rows(batch.slice(index, 1), before + index, limits)
            return
        yield Record(before + 1, 0, {}, _problem(batch, limits))
        return
    names = batch.schema.names
    for index in range(batch.num_rows):
        yield Record(before + index + 1, 0, {name: column[index] for name, column in zip(names, columns, strict=True)})


def _problem(row: Any, limits: RowLimits) -> str:
    """Return what is wrong with the only row of a batch."""
    for name, column in zip(row.schema.names, row.columns, strict=True):
        try:
            plain_values(column, limits)
        except UnreadableValueError as error:
            return f"column '{name}' {error}"
    raise AssertionError(row)


def not_readable(path: Path, kind: str, error: Exception) -> RequestError:
    """Return the error for a file that pyarrow cannot read.

    Args:
        path: the file.
        kind: name of its format.
        error: exception of pyarrow.
    """
    reason = str(error).partition("\n")[0][:200] or type(error).__name__
    return RequestError(f"{path}: not a readable {kind} file: {reason}")
