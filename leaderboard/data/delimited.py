"""Reader of delimited text: CSV, TSV and similar formats."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from leaderboard.data.record import Record
from leaderboard.data.specification import Quotes, Reading
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


def delimited(text: str, reading: Reading, path: Path) -> Iterator[Record]:
    """Yield the rows of a file of delimited text.

    Raises:
        RequestError: for quotes that are not closed, or that the reading does not fit; for a header that names a column
            that is read twice.
    """
    lines = [line for line in parsed_lines(text, reading, path) if line.values]
    yield from _records(lines, reading, path)


def joined(text: str, other: str, reading: Reading, paths: tuple[Path, Path]) -> Iterator[Record]:
    """Yield the rows of two files joined line by line.

    Raises:
        RequestError: as `delimited`, and for files that differ in their number of lines.
    """
    path, beside = paths
    left, right = list(parsed_lines(text, reading, path)), list(parsed_lines(other, reading, beside))
    if len(left) != len(right):
        raise RequestError(
            f"{path} has {len(left)} lines, but {beside} has {len(right)}\n"
            "  Each line of one belongs to the same line of the other: one of the files was cut short or is another's."
        )
    blank = [""]
    lines = []
    for line, more in zip(left, right, strict=True):
        if len(line.values or blank) != len(left[0].values or blank):  # the columns of the second file would be others
            raise RequestError(
                f"{path}: line {line.number}: {len(line.values)} columns, but line 1 has {len(left[0].values)}"
            )
        lines.append(ParsedLine(line.number, [*(line.values or blank), *(more.values or blank)]))
    yield from _records(lines, reading, path)


def _records(lines: Sequence[ParsedLine], reading: Reading, path: Path) -> Iterator[Record]:
    if not lines:
        return
    header = lines[0].values if reading.header else None
    rows = lines[1:] if reading.header else lines
    if header is not None:
        _check_header(header, reading, path)
    names = header or [str(index) for index in range(len(lines[0].values))]
    width = f"where the header names {len(names)}: {', '.join(names)}" if header else f"where row 1 has {len(names)}"
    for number, line in enumerate(rows, start=1):
        if len(line.values) != len(names):
            yield Record(number, line.number, {}, f"{len(line.values)} columns {width}")
        else:
            yield Record(number, line.number, dict(zip(names, line.values, strict=True)))


def _check_header(header: Sequence[str], reading: Reading, path: Path) -> None:
    """Refuse a header that names a column twice that is read."""
    read = {str(spec.column) for spec in reading.fields.values() if spec.column is not None} | set(reading.only)
    anything = any(spec.template is not None for spec in reading.fields.values())
    for name, times in Counter(header).items():
        if times > 1 and (name in read or (anything and name)):
            raise RequestError(
                f"{path}: line 1: the header names the column '{name}' {times} times\n"
                "  Rename one of them, or take columns by number: `header: false` and `only` for what is no row"
            )


def parsed_lines(text: str, reading: Reading, path: Path) -> Iterator[ParsedLine]:
    """Yield the values of each line, none for a blank one, within the limits.

    Raises:
        RequestError: beyond a limit; for quotes that are not closed, or that the reading does not fit.
    """
    if text.count("\n") + text.count(reading.delimiter) > 4 * MOST_VALUES:  # before they take memory
        raise _too_many(path, MOST_VALUES, "values")
    values = 0
    for number, line in enumerate(_split(text, reading, path), start=1):
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


def _split(text: str, reading: Reading, path: Path) -> Iterator[ParsedLine]:
    """Yield the values of each line."""
    if reading.quoting is Quotes.CSV:
        yield from _quoted(text, reading.delimiter, path)
        return
    if reading.quotes is None:
        _refuse_quoted(text, reading.delimiter, path)
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    for number, line in enumerate(lines, start=1):
        values = line.removesuffix("\r")
        yield ParsedLine(number, values.split(reading.delimiter) if values else [])


def _quoted(text: str, delimiter: str, path: Path) -> Iterator[ParsedLine]:
    """Yield records in the format of RFC 4180: quoted values may hold delimiters, quotes and line ends."""
    # Only LF ends a line: csv wants to see the others itself, and a lone CR inside a text belongs to the text.
    parser = csv.reader(io.StringIO(text, newline="\n"), delimiter=delimiter, strict=True)
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
            f"{path}: {message}\n  Write `quotes: plain` where quotation marks are ordinary text"
        ) from None


def _next_record(parser: Iterator[list[str]]) -> list[str] | None:
    """Return the next record of `csv.reader`, or None at the end; otherwise the limit would hold for all readers."""
    limit = csv.field_size_limit(LONGEST_VALUE)
    try:
        return next(parser, None)
    finally:
        csv.field_size_limit(limit)


def _refuse_quoted(text: str, delimiter: str, path: Path) -> None:
    """Refuse a tab-separated file with quoted values, as CSV writers such as pandas create it.

    A file is taken for one where all of it is valid CSV and some value needs quotes, or all values of a column have
    them.

    Raises:
        RequestError: saying how to read it.
    """
    evidence = quoting_evidence(text, delimiter, path)
    if evidence:
        raise RequestError(
            f"{path}: {evidence}, as a CSV writer quotes it\n"
            "  Write `quotes: csv` under `read:` to read it so, or `quotes: plain` to keep the quotation marks as text"
        )


def quoting_evidence(text: str, delimiter: str, path: Path) -> str:
    """Return what shows that a CSV writer quoted the values of a text; empty where nothing does."""
    if '"' not in text:
        return ""
    try:
        records = [line for line in _quoted(text, delimiter, path) if line.values]
    except RequestError:
        return ""  # it is no CSV
    plain = [line.removesuffix("\r").split(delimiter) for line in text.split("\n") if line.removesuffix("\r")]
    return _needs_quotes(plain, records) or _quoted_column(plain)


def _needs_quotes(plain: Sequence[Sequence[str]], records: Sequence[ParsedLine]) -> str:
    if len({len(line.values) for line in records}) != 1:
        return ""
    if len({len(row) for row in plain}) != 1:
        held = (line for line in records if any("\n" in value or "\t" in value for value in line.values))
        return f"line {next(held, records[0]).number}: a quoted value holds a line end or a delimiter"
    if len(plain) != len(records):
        return ""  # lines that are rows one by one, of which two happen to hold a quotation mark that fits
    for raw, line in zip(plain, records, strict=True):
        if any(one != two and '"' in two for one, two in zip(raw, line.values, strict=True)):
            return f"line {line.number}: a value is in quotation marks and doubles those inside"
    return ""


def _quoted_column(plain: Sequence[Sequence[str]]) -> str:
    if len(plain) <= _LEAST:
        return ""
    for index in range(min(map(len, plain))):
        values = [row[index] for row in plain[1:]]
        if all(len(value) > 1 and value[0] == value[-1] == '"' for value in values):
            return f"every value of column {index + 1} is in quotation marks"
    return ""
