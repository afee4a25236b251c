"""A file's text becomes rows: columns by name, or by number where the file has no header."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leaderboard.data.specification import FileFormat, Reading

Row = Mapping[str, Any]
"""Column to value. A column without a name is called by its number, from 0."""


@dataclass(frozen=True, slots=True)
class Record:
    """One row of a file, or what is wrong with it.

    Attributes:
        number: of the row, from 1, header and blank lines not counted.
        line: where it begins, from 1; 0 in a file whose rows are not lines.
        row: its columns; empty where it cannot be read.
        problem: why it cannot be read, empty where it can.
    """

    number: int
    line: int
    row: Row
    problem: str = ""

    @property
    def place(self) -> str:
        """Where it is, for messages."""
        return f"line {self.line}: row {self.number}" if self.line else f"row {self.number}"


def read_rows(path: Path, reading: Reading, *, beside: Path | None = None) -> Iterator[Record]:
    """The rows of a file; a row that cannot be read comes with what is wrong with it.

    Lines end in LF or CRLF; a byte-order mark is no text.

    Args:
        path: the file.
        reading: how it is read.
        beside: a second file of delimited text, each line of which goes on with a line of the first; blank lines count
            then, for each belongs to another.

    Raises:
        RequestError: naming the file, where it cannot be read as a whole.
    """
    if reading.format is FileFormat.TEMPLATES:
        from leaderboard.data.templates import read_templates  # noqa: PLC0415 - few tasks are made of templates

        for number, row in enumerate(read_templates(path), start=1):
            yield Record(number, 0, row)
        return
    from leaderboard.data.decoding import decode  # noqa: PLC0415 - read when data is, and not with every task file

    text = decode(path, reading.encoding)
    match reading.format:
        case FileFormat.JSONL:
            from leaderboard.data.json_rows import json_lines  # noqa: PLC0415

            yield from json_lines(text)
        case FileFormat.JSON:
            from leaderboard.data.json_rows import json_list  # noqa: PLC0415

            yield from json_list(text, path)
        case FileFormat.CONLL:
            from leaderboard.data.conll import sentences  # noqa: PLC0415

            yield from sentences(text)
        case FileFormat.DELIMITED:
            from leaderboard.data.delimited import delimited, joined  # noqa: PLC0415

            if beside is None:
                yield from delimited(text, reading, path)
            else:
                yield from joined(text, decode(beside, reading.encoding), reading, (path, beside))
