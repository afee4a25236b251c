"""Reader of delimited text: CSV, TSV and similar formats."""

import csv
import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from leaderboard.data.record import Record
from leaderboard.data.specification import Quotes, Reading
from leaderboard.data.text_source import TextSource
from leaderboard.errors import RequestError

LONGEST_VALUE = 10_000_000
"""Maximum characters of a value."""
MOST_COLUMNS = 10_000
MOST_ROWS = 5_000_000
MOST_VALUES = 50_000_000
_LEAST = 2
"""Number of rows from which on a column can be judged to be quoted throughout."""


class ParsedLine(NamedTuple):
    """The values of a record, none for a blank line, and the line where it begins."""

    number: int
    values: list[str]


def delimited(source: TextSource, reading: Reading) -> Iterator[Record]:
    """Yield the rows of a file of delimited text; quotation marks that do not fit are refused where they are reached.

    Raises:
        RequestError: for quotes that are not closed, or that the reading does not fit; for a header that names a column
            that is read twice.
    """
    yield from _records((line for line in parsed_lines(source, reading) if line.values), reading, source.path)


def joined(source: TextSource, other: TextSource, reading: Reading) -> Iterator[Record]:
    """Yield the rows of two files joined line by line.

    Raises:
        RequestError: as `delimited`, and for files that differ in their number of lines.
    """
    counts = [sum(1 for _ in parsed_lines(each, reading)) for each in (source, other)]
    if counts[0] != counts[1]:
        raise RequestError(
            f"{source.path} has {counts[0]} lines, but {other.path} has {counts[1]}\n"
            "  Each line of one belongs to the same line of the other: one of the files was cut short or is another's."
        )
    yield from _records(_joined_lines(source, other, reading), reading, source.path)


def _joined_lines(source: TextSource, other: TextSource, reading: Reading) -> Iterator[ParsedLine]:
    blank = [""]
    width = 0
    for line, more in zip(parsed_lines(source, reading), parsed_lines(other, reading), strict=True):
        values = line.values or blank
        width = width or len(values)
        if len(values) != width:  # the columns of the second file would be others
            raise RequestError(f"{source.path}: line {line.number}: {len(line.values)} columns, but line 1 has {width}")
        yield ParsedLine(line.number, [*values, *(more.values or blank)])


def _records(lines: Iterator[ParsedLine], reading: Reading, path: Path) -> Iterator[Record]:
    first = next(lines, None)
    if first is None:
        return
    header = first.values if reading.header else None
    if header is not None:
        _check_header(header, reading, path)
    names = header or [str(index) for index in range(len(first.values))]
    width = f"where the header names {len(names)}: {', '.join(names)}" if header else f"where row 1 has {len(names)}"
    for number, line in enumerate(lines if reading.header else itertools.chain([first], lines), start=1):
        if len(line.values) != len(names):
            yield Record(number, line.number, {}, f"{len(line.values)} columns {width}")
        else:
            yield Record(number, line.number, dict(zip(names, line.values, strict=True)))


def _check_header(header: Sequence[str], reading: Reading, path: Path) -> None:
    """Refuse a header that names a column twice that is read."""
    read = set(reading.only).union(*(spec.column_names for spec in reading.fields.values()))
    anything = any(spec.template is not None for spec in reading.fields.values())
    for name, times in Counter(header).items():
        if times > 1 and (name in read or (anything and name)):
            raise RequestError(
                f"{path}: line 1: the header names the column '{name}' {times} times\n"
                "  Rename one of them, or take columns by number: `header: false` and `only` for what is no row"
            )


def parsed_lines(source: TextSource, reading: Reading) -> Iterator[ParsedLine]:
    """Yield the values of each line, none for a blank one, within the limits.

    Raises:
        RequestError: beyond a limit; for quotes that are not closed, or that the reading does not fit.
    """
    path = source.path
    values = 0
    for number, line in enumerate(_split(source, reading), start=1):
        values += len(line.values)
        if len(line.values) > MOST_COLUMNS:
            raise RequestError(f"{path}: line {line.number}: more than {MOST_COLUMNS:,} columns")
        if number > MOST_ROWS:
            raise _too_many(path, MOST_ROWS, "rows")
        if values > MOST_VALUES:
            raise _too_many(path, MOST_VALUES, "values")
        yield line


def _too_many(path: Path, most: int, things: str) -> RequestError:
    return RequestError(f"{path}: more than {most:,} {things}; split it into files that have fewer")


def _split(source: TextSource, reading: Reading) -> Iterator[ParsedLine]:
    """Yield the values of each line."""
    if reading.quoting is Quotes.CSV:
        yield from quoted_lines(source, reading.delimiter)
        return
    if reading.quotes is None and (evidence := quoting_evidence(source, reading.delimiter)):
        raise RequestError(
            f"{source.path}: {evidence}, as a CSV writer quotes it\n"
            "  Write `quotes: csv` under `read:` to read it so, or `quotes: plain` to keep the quotation marks as text"
        )
    yield from plain_lines(source, reading.delimiter)


def plain_lines(source: TextSource, delimiter: str) -> Iterator[ParsedLine]:
    """Yield the values of each line, with quotation marks as ordinary characters."""
    for number, line in enumerate(source.lines(), start=1):
        values = line.removesuffix("\n").removesuffix("\r")
        yield ParsedLine(number, values.split(delimiter) if values else [])


def quoted_lines(source: TextSource, delimiter: str) -> Iterator[ParsedLine]:
    """Yield records in the format of RFC 4180: quoted values may hold delimiters, quotes and line ends.

    Raises:
        RequestError: for a quotation mark that does not fit, naming its line.
    """
    # Only LF ends a line: csv wants to see the others itself, and a lone CR inside a text belongs to the text.
    parser = csv.reader(source.lines(), delimiter=delimiter, strict=True)
    begin = 1
    try:
        while (values := _next_record(parser)) is not None:
            yield ParsedLine(begin, values)
            begin = parser.line_num + 1
    except csv.Error as error:
        message = f"line {parser.line_num}: {error}"
        if parser.line_num > begin:
            message += f"; the record begins in line {begin}, where a quotation mark may lack its partner"
        raise RequestError(
            f"{source.path}: {message}\n  Write `quotes: plain` where quotation marks are ordinary text"
        ) from None


def _next_record(parser: Iterator[list[str]]) -> list[str] | None:
    """Return the next record of `csv.reader`, or None at the end; otherwise the limit would hold for all readers."""
    limit = csv.field_size_limit(LONGEST_VALUE)
    try:
        return next(parser, None)
    finally:
        csv.field_size_limit(limit)


def quoting_evidence(source: TextSource, delimiter: str) -> str:
    """Return what shows that a CSV writer quoted the values of a text between tabs; empty where nothing does.

    A text is taken for quoted where all of it is valid CSV and some value needs quotes, or all values of a column have
    them.
    """
    if not any('"' in line for line in source.lines()):
        return ""
    try:
        records = _Widths.count(line for line in quoted_lines(source, delimiter) if line.values)
    except RequestError:
        return ""  # it is no CSV
    plain = _Widths.count(line for line in plain_lines(source, delimiter) if line.values)
    return _needs_quotes(source, delimiter, plain, records) or _quoted_column(source, delimiter, plain)


@dataclass(slots=True)
class _Widths:
    """Numbers of lines and of their values."""

    lines: int = 0
    widths: set[int] = field(default_factory=set)

    @classmethod
    def count(cls, lines: Iterable[ParsedLine]) -> "_Widths":
        counts = cls()
        for line in lines:
            counts.lines += 1
            counts.widths.add(len(line.values))
        return counts


def _needs_quotes(source: TextSource, delimiter: str, plain: _Widths, records: _Widths) -> str:
    if len(records.widths) != 1:
        return ""
    quoted = (line for line in quoted_lines(source, delimiter) if line.values)
    if plain.widths != records.widths:
        first = next(quoted)
        held = (
            line
            for line in itertools.chain([first], quoted)
            if any("\n" in value or "\t" in value for value in line.values)
        )
        return f"line {next(held, first).number}: a quoted value holds a line end or a delimiter"
    if plain.lines != records.lines:
        return ""  # lines that are rows one by one, of which two happen to hold a quotation mark that fits
    raw_lines = (line for line in plain_lines(source, delimiter) if line.values)
    for raw, line in zip(raw_lines, quoted, strict=True):
        if any(one != two and '"' in two for one, two in zip(raw.values, line.values, strict=True)):
            return f"line {line.number}: a value is in quotation marks and doubles those inside"
    return ""


def _quoted_column(source: TextSource, delimiter: str, plain: _Widths) -> str:
    if plain.lines <= _LEAST:
        return ""
    columns = list(range(min(plain.widths)))
    rows = (line.values for line in plain_lines(source, delimiter) if line.values)
    next(rows)
    for row in rows:
        columns = [index for index in columns if len(row[index]) > 1 and row[index][0] == row[index][-1] == '"']
        if not columns:
            return ""
    return f"every value of column {columns[0] + 1} is in quotation marks"
