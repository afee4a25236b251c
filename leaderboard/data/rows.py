"""A file's bytes become rows: columns by name, or by number where the file has no header."""

import csv
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

from leaderboard.data.specification import FileFormat, Reading
from leaderboard.errors import RequestError

Row = Mapping[str, Any]
"""Column to value. A column without a name is called by its number, from 0."""


def read_rows(path: Path, reading: Reading) -> Iterator[tuple[int, Row]]:
    """Rows with their number in the file, from 1, header and blank lines not counted.

    Text is UTF-8, with or without a byte-order mark; lines end in LF or CRLF.

    Raises:
        RequestError: naming the file and the row that cannot be read.
    """
    if reading.format is FileFormat.TEMPLATES:
        from leaderboard.data.templates import read_templates  # noqa: PLC0415 - few tasks are made of templates

        yield from enumerate(read_templates(path), start=1)
        return
    read = _json_lines if reading.format is FileFormat.JSONL else _delimited
    # Only LF ends a line: csv wants to see the others itself, and a lone CR inside a text belongs to the text.
    try:
        with path.open(encoding="utf-8-sig", newline="\n") as file:
            yield from read(file, reading, path)
    except UnicodeDecodeError as error:
        raise RequestError(f"{path}: not UTF-8 text: {error}") from None


def _json_lines(file: TextIO, _reading: Reading, path: Path) -> Iterator[tuple[int, Row]]:
    lines = (line for line in file if line.strip())
    for number, line in enumerate(lines, start=1):
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise RequestError(f"{path}: row {number}: not JSON: {error}") from None
        if not isinstance(row, dict):
            raise RequestError(f"{path}: row {number}: a row has to be a JSON object, not {type(row).__name__}")
        yield number, row


def _delimited(file: TextIO, reading: Reading, path: Path) -> Iterator[tuple[int, Row]]:
    records = _split(file) if reading.delimiter == "\t" else _parse(file, reading.delimiter, path)
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


def _split(file: TextIO) -> Iterator[list[str]]:
    """Tab-separated lines: quotes are ordinary characters."""
    for line in file:
        text = line.removesuffix("\n").removesuffix("\r")
        if text:
            yield text.split("\t")


def _parse(file: TextIO, delimiter: str, path: Path) -> Iterator[list[str]]:
    """Records as RFC 4180 has them: quoted values may hold delimiters, quotes and line ends."""
    parser = csv.reader(file, delimiter=delimiter, strict=True)
    try:
        yield from (record for record in parser if record)
    except csv.Error as error:
        raise RequestError(f"{path}: line {parser.line_num}: {error}") from None
