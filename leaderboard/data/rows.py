"""Rows of a file: columns by name, or by number where the file has no header."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leaderboard.data.record import Record
from leaderboard.data.specification import FileFormat, OnProblem, Reading

if TYPE_CHECKING:
    from leaderboard.data.text_source import TextSource

_IN_ANOTHER_PROCESS = frozenset({FileFormat.PARQUET, FileFormat.ARROW, FileFormat.EXCEL})
"""Formats that native libraries read."""
_ARCHIVES = frozenset({FileFormat.EXCEL})
"""Formats whose files are archives themselves."""


def read_rows(path: Path, reading: Reading, *, beside: Path | None = None) -> Iterator[Record]:
    """Yield the rows of a file; an unreadable row comes with a description of the problem.

    Lines end in LF or CRLF; a byte-order mark is skipped. A compressed file is unpacked into the cache.

    Args:
        path: the file.
        reading: settings for reading it.
        beside: a second file of delimited text whose lines continue those of the first; blank lines count
            then, for each belongs to another.

    Raises:
        RequestError: naming the file, where it cannot be read as a whole.
    """
    from leaderboard.data.unpacking import unpacked  # noqa: PLC0415 - read when data is

    path = unpacked(path) if reading.format not in _ARCHIVES else path
    beside = None if beside is None else unpacked(beside)
    if reading.format is FileFormat.TEMPLATES:
        from leaderboard.data.templates import read_templates  # noqa: PLC0415 - few tasks are made of templates

        for number, row in enumerate(read_templates(path), start=1):
            yield Record(number, 0, row)
        return
    if reading.format in _IN_ANOTHER_PROCESS:
        yield from _columnar(path, reading)
        return
    yield from _text_rows(path, reading, beside)


def _columnar(path: Path, reading: Reading) -> Iterator[Record]:
    from leaderboard.data.process_rows import process_rows  # noqa: PLC0415 - few files are read by other processes
    from leaderboard.data.projection import columns_of  # noqa: PLC0415
    from leaderboard.data.reader_process import Reader  # noqa: PLC0415

    columns = columns_of(reading)
    arguments: dict[str, Any] = {"path": str(path.resolve()), "columns": None if columns is None else sorted(columns)}
    if reading.format is FileFormat.EXCEL:
        arguments |= {"sheet": reading.sheet, "header": reading.header}
    yield from process_rows(Reader(reading.format), str(path), arguments)


def _text_rows(path: Path, reading: Reading, beside: Path | None) -> Iterator[Record]:
    from leaderboard.data.text_source import open_text  # noqa: PLC0415 - read when data is

    drops = reading.bad_rows is OnProblem.DROP
    source = open_text(path, reading.encoding, keep_stray_bytes=drops)
    if reading.format not in {FileFormat.JSON, FileFormat.SQUAD}:  # a list may be written in one line
        source.check_lines()
    match reading.format:
        case FileFormat.JSONL:
            from leaderboard.data.json_rows import json_lines  # noqa: PLC0415

            yield from json_lines(source.lines())
        case FileFormat.JSON:
            from leaderboard.data.json_rows import json_list  # noqa: PLC0415

            yield from json_list(source.text(), path)
        case FileFormat.SQUAD:
            from leaderboard.data.squad_rows import squad_rows  # noqa: PLC0415

            yield from squad_rows(source.text(), path)
        case FileFormat.LINES:
            yield from _lines(source)
        case FileFormat.CONLL:
            from leaderboard.data.conll import sentences  # noqa: PLC0415

            yield from sentences(source.lines())
        case FileFormat.DELIMITED:
            from leaderboard.data.delimited import delimited, joined  # noqa: PLC0415

            if beside is None:
                yield from delimited(source, reading)
            else:
                yield from joined(source, open_text(beside, reading.encoding, keep_stray_bytes=drops), reading)


def _lines(source: "TextSource") -> Iterator[Record]:
    """Yield each line that is not blank as a row of one column."""
    lines = ((number, line.rstrip("\r\n")) for number, line in enumerate(source.lines(), start=1))
    filled = ((number, line) for number, line in lines if line.strip())
    for count, (number, line) in enumerate(filled, start=1):
        yield Record(count, number, {"0": line})
