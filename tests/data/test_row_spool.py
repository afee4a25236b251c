"""Rows in a temporary file: read once, in order, as far as they are needed, and never cut short by an error."""

from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path

import pytest

from leaderboard.data.record import Record
from leaderboard.data.row_spool import spooled_rows
from leaderboard.errors import RequestError

ROWS = 1_000
_NAMES = count()


class Source:
    """A source of rows that counts how often, and how far, it was read."""

    def __init__(self, rows: int = ROWS, error: BaseException | None = None) -> None:
        self.name = f"source {next(_NAMES)}"
        self.rows = rows
        self.error = error
        self.starts = 0
        self.rows_read = 0

    def read(self) -> Iterator[Record]:
        self.starts += 1
        for number in range(1, self.rows + 1):
            self.rows_read += 1
            problem = "no such column" if number == 7 else ""
            yield Record(number, 0, {"text": f"评论 {number}\n", "label": number % 2}, problem)
        if self.error is not None:
            raise self.error

    def records(self, folder: Path, columns: frozenset[str] | None = None) -> Iterator[Record]:
        return spooled_rows(self.name, columns, self.read, folder=folder)


def test_rows_are_read_from_the_source_once(tmp_path: Path) -> None:
    source = Source()
    first, again = (list(source.records(tmp_path)) for _ in range(2))
    assert first == again == list(Source().read())
    assert source.starts == 1
    assert list(tmp_path.iterdir()) == []  # the file has no name


def test_a_sample_reads_no_more_than_a_batch_and_the_rest_follows(tmp_path: Path) -> None:
    source = Source()
    assert [record.number for record in islice(source.records(tmp_path), 3)] == [1, 2, 3]
    assert source.rows_read < ROWS
    together = zip(source.records(tmp_path), source.records(tmp_path), strict=True)
    assert [one.number for one, other in together if one == other] == list(range(1, ROWS + 1))
    assert (source.starts, source.rows_read) == (1, ROWS)


def test_fewer_columns_are_served_and_more_are_read(tmp_path: Path) -> None:
    source = Source()
    for columns in (frozenset({"text"}), frozenset({"text"}), None, frozenset({"label"})):
        assert len(list(source.records(tmp_path, columns))) == ROWS
    assert source.starts == 2


@pytest.mark.parametrize("error", [RequestError("the file is damaged"), KeyboardInterrupt()])
def test_an_error_of_the_source_is_no_end_of_the_rows(tmp_path: Path, error: BaseException) -> None:
    source = Source(error=error)
    for starts in (1, 2):
        with pytest.raises(type(error)):
            list(source.records(tmp_path))
        assert source.starts == starts
