"""A file's bytes become rows: columns by name, or by number where the file has no header."""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any, TextIO

from leaderboard.data.specification import FileFormat, Reading
from leaderboard.errors import RequestError

Row = Mapping[str, Any]
"""Column to value. A column without a name is called by its number, from 0."""


def read_rows(path: Path, reading: Reading, *, beside: Path | None = None) -> Iterator[tuple[int, Row]]:
    """Rows with their number in the file, from 1, header and blank lines not counted.

    Text is UTF-8, with or without a byte-order mark; lines end in LF or CRLF.

    Args:
        path: the file.
        reading: how it is read.
        beside: a second file of delimited text, each line of which goes on with a line of the first; blank lines count
            then, for each belongs to another.

    Raises:
        RequestError: naming the file and the row that cannot be read.
    """
    if reading.format is FileFormat.TEMPLATES:
        from leaderboard.data.templates import read_templates  # noqa: PLC0415 - few tasks are made of templates

        yield from enumerate(read_templates(path), start=1)
        return
    with _opened(path) as file:
        match reading.format:
            case FileFormat.JSONL:
                yield from _json_lines(file, path)
            case FileFormat.CONLL:
                yield from _sentences(file, path)
            case FileFormat.DELIMITED if beside is None:
                yield from _numbered(filter(None, _records(file, reading, path)), reading, path)
            case FileFormat.DELIMITED:
                lines = list(_records(file, reading, path))
                with _opened(beside) as other:
                    more = list(_records(other, reading, beside))
                yield from _numbered(_joined(lines, more, path, beside), reading, path)


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    # Only LF ends a line: csv wants to see the others itself, and a lone CR inside a text belongs to the text.
    try:
        with path.open(encoding="utf-8-sig", newline="\n") as file:
            yield file
    except UnicodeDecodeError as error:
        raise RequestError(f"{path}: not UTF-8 text: {error}") from None


def _json_lines(file: TextIO, path: Path) -> Iterator[tuple[int, Row]]:
    lines = (line for line in file if line.strip())
    for number, line in enumerate(lines, start=1):
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise RequestError(f"{path}: row {number}: not JSON: {error}") from None
        if not isinstance(row, dict):
            raise RequestError(f"{path}: row {number}: a row has to be a JSON object, not {type(row).__name__}")
        yield number, row


def _sentences(file: TextIO, path: Path) -> Iterator[tuple[int, Row]]:
    """Each sentence with its columns, every one a list of a value a word; the last is also called -1."""

    def parts(numbered: tuple[int, str]) -> bool:
        return not numbered[1].strip() or numbered[1].startswith("-DOCSTART-")

    sentences = (list(lines) for apart, lines in groupby(enumerate(file, start=1), key=parts) if not apart)
    for number, lines in enumerate(sentences, start=1):
        tokens = [_token(line) for _, line in lines]
        for (place, _), token in zip(lines, tokens, strict=True):
            if len(token) != len(tokens[0]):
                first = f"line {lines[0][0]}, where its sentence begins, has {len(tokens[0])}"
                raise RequestError(f"{path}: line {place}: {len(token)} columns, but {first}")
        columns = [list(column) for column in zip(*tokens, strict=True)]
        yield number, {**{str(index): column for index, column in enumerate(columns)}, "-1": columns[-1]}


def _token(line: str) -> list[str]:
    """Columns of a line: between tabs where it has any, so that a word may hold a space; else between spaces."""
    text = line.removesuffix("\n").removesuffix("\r")
    return text.split("\t") if "\t" in text else [column for column in text.split(" ") if column]


def _numbered(records: Iterator[list[str]], reading: Reading, path: Path) -> Iterator[tuple[int, Row]]:
    header = next(records, None) if reading.header else None
    for number, record in enumerate(records, start=1):
        if header is None:
            yield number, {str(index): value for index, value in enumerate(record)}
        elif len(record) != len(header):
            raise RequestError(
                f"{path}: row {number}: {len(record)} columns where the header names {len(header)}: {', '.join(header)}"
            )
        else:
            yield number, dict(zip(header, record, strict=True))


def _joined(left: Sequence[list[str]], right: Sequence[list[str]], path: Path, beside: Path) -> Iterator[list[str]]:
    """The columns of two files side by side."""
    if len(left) != len(right):
        raise RequestError(
            f"{path} has {len(left)} lines, but {beside} has {len(right)}\n"
            "  Each line of one belongs to the same line of the other: one of the files was cut short or is another's."
        )
    blank = [""]
    for place, (record, more) in enumerate(zip(left, right, strict=True), start=1):
        if len(record or blank) != len(left[0] or blank):  # the columns of the second file would be others
            raise RequestError(f"{path}: line {place}: {len(record)} columns, but line 1 has {len(left[0])}")
        yield [*(record or blank), *(more or blank)]


def _records(file: TextIO, reading: Reading, path: Path) -> Iterator[list[str]]:
    """The values of each line; none for a blank one."""
    return _split(file) if reading.delimiter == "\t" else _parse(file, reading.delimiter, path)


def _split(file: TextIO) -> Iterator[list[str]]:
    """Tab-separated lines: quotes are ordinary characters."""
    for line in file:
        text = line.removesuffix("\n").removesuffix("\r")
        yield text.split("\t") if text else []


def _parse(file: TextIO, delimiter: str, path: Path) -> Iterator[list[str]]:
    """Records as RFC 4180 has them: quoted values may hold delimiters, quotes and line ends."""
    parser = csv.reader(file, delimiter=delimiter, strict=True)
    try:
        yield from parser
    except csv.Error as error:
        raise RequestError(f"{path}: line {parser.line_num}: {error}") from None
