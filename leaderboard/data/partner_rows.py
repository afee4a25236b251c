"""Partner rows: each row of a pair together with the columns of the other one."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from leaderboard.data.fields import as_text
from leaderboard.data.record import Record
from leaderboard.data.specification import PARTNER

_PAIR = 2


def with_partners(records: Iterable[Record], column: str) -> Iterator[Record]:
    """Yield all records in their order, those of a pair with the other's columns under `partner`.

    Args:
        records: rows of a file.
        column: column in which the two rows of a pair have the same value.

    Yields:
        Records; a row that is not one of exactly two comes with a description of the problem.
    """
    rows = list(records)
    pairs: dict[str, list[Record]] = defaultdict(list)
    for record in rows:
        if column in record.row:
            pairs[as_text(record.row[column])].append(record)
    for record in rows:
        if record.problem:
            yield record
        elif column not in record.row:
            yield replace(record, problem=f"no column '{column}' (`pair_column`)\n  Columns: {', '.join(record.row)}")
        else:
            yield _with_partner(record, pairs[as_text(record.row[column])], column)


def _with_partner(record: Record, rows: list[Record], column: str) -> Record:
    if len(rows) != _PAIR:
        value = as_text(record.row[column])
        return replace(record, problem=f"{len(rows)} rows have {value!r} in '{column}' (`pair_column`); a pair has two")
    partner = next(each for each in rows if each is not record)
    return replace(record, row={**record.row, PARTNER: partner.row})
