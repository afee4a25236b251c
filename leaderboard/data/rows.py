"""A file's text becomes rows: columns by name, or by number where the file has no header."""

from collections.abc import Iterator
from pathlib import Path

from leaderboard.data.record import Record
from leaderboard.data.specification import FileFormat, Reading


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
