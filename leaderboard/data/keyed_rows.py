"""Keyed rows: rows of a file together with the columns of another file's row of the same key."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from leaderboard.data.fields import as_text
from leaderboard.data.record import Record
from leaderboard.data.specification import PARTNER


def with_keyed_columns(records: Iterable[Record], others: Iterable[Record], column: str) -> Iterator[Record]:
    """Yield rows with the columns of the other file's row of the same key under `partner`.

    Rows whose key the other file does not have are left out.

    Args:
        records: rows of the first file.
        others: rows of the other file, each with a key of its own.
        column: column of the key in both files.

    Yields:
        Records; a row without a key, or whose key the other file has twice, comes with a description of the problem.
    """
    by_key: dict[str, Record | None] = {}
    for other in others:
        if column in other.row:
            key = as_text(other.row[column])
            by_key[key] = None if key in by_key else other
    for record in records:
        if record.problem:
            yield record
        elif column not in record.row:
            yield replace(record, problem=f"no column '{column}' (`columns_by`)\n  Columns: {', '.join(record.row)}")
        elif (key := as_text(record.row[column])) in by_key:
            partner = by_key[key]
            if partner is None:
                yield replace(record, problem=f"several rows of `columns_from` have {key!r} in '{column}'")
            else:
                yield replace(record, row={**record.row, PARTNER: partner.row})
