"""Output formats of a frame: tables and Markdown for people, JSON and CSV for programs."""

import csv
import io
import json
import math
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from leaderboard import terminal
from leaderboard.escapes import csv_cell, json_text, markdown_cell

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console, RenderableType


_ROWS_AT_ONCE = 2000
"""Rows whose text is in memory at once."""
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


class Format(StrEnum):
    """Output formats of commands."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    MARKDOWN = "markdown"
    JSONL = "jsonl"


def emit(
    frame: "pd.DataFrame",
    format: Format,  # noqa: A002 - what it is
    console: "Console | None" = None,
    *,
    readable: "Callable[[pd.DataFrame], pd.DataFrame] | None" = None,
    tables: "Callable[[pd.DataFrame], Iterable[RenderableType]] | None" = None,
) -> None:
    """Print a frame in one of the formats.

    Args:
        frame: all columns for programs: missing is null in JSON and empty in CSV, times are ISO 8601.
        format: output format.
        console: console to print on; standard output when None.
        readable: converts the frame to texts for a table or Markdown; the frame itself is printed when None.
        tables: converts the frame to rich tables, instead of one plain table.
    """
    if format is Format.TABLE:
        console = terminal.console() if console is None else console
        for renderable in tables(frame) if tables else [plain_table(readable(frame) if readable else frame)]:
            console.print(renderable)
        return
    output = sys.stdout if console is None else console.file
    for text in _pieces(frame, format, readable):
        output.write(text)
    output.flush()


def _pieces(
    frame: "pd.DataFrame",
    format: Format,  # noqa: A002 - as above
    readable: "Callable[[pd.DataFrame], pd.DataFrame] | None",
) -> Iterator[str]:
    """Yield the text of a frame piece by piece, so that a large one is never held twice in memory."""
    match format:
        case Format.JSON:
            yield from json_texts(frame)
        case Format.JSONL:
            for part in _parts(frame):
                yield json_text("".join(_ENCODER.encode(each) + "\n" for each in records(part)))
        case Format.CSV:
            yield from csv_texts(frame)
        case _:
            yield markdown_text(readable(frame) if readable else frame)


def records(frame: "pd.DataFrame") -> list[dict[str, Any]]:
    """Return the rows as JSON values: missing is None, a number is Python's own, a time is ISO 8601."""
    names = [str(name) for name in frame.columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*_plain_columns(frame), strict=True)]


def json_texts(frame: "pd.DataFrame") -> Iterator[str]:
    """Yield the frame as a JSON array, one record a line, piece by piece: indenting takes ten times as long."""
    for place, part in enumerate(_parts(frame)):
        yield (",\n  " if place else "[\n  ") + json_text(",\n  ".join(map(_ENCODER.encode, records(part))))
    yield "\n]\n" if len(frame) else "[]\n"


def csv_texts(frame: "pd.DataFrame") -> Iterator[str]:
    """Yield the frame as RFC 4180 CSV with a header, piece by piece, as `csv_text` writes it."""
    for place, part in enumerate([frame[:0], *_parts(frame)]):
        file = io.StringIO()
        writer = csv.writer(file, lineterminator="\n")
        if place == 0:
            writer.writerow(map(_csv_cell, frame.columns))
        writer.writerows(zip(*(map(_csv_cell, column) for column in _plain_columns(part)), strict=True))
        yield file.getvalue()


def csv_text(frame: "pd.DataFrame") -> str:
    """Return the frame as RFC 4180 CSV with a header; cells are quoted where needed, lists are JSON.

    A cell that a spreadsheet would read as a formula is escaped (see `escapes.csv_cell`).
    """
    return "".join(csv_texts(frame))


def markdown_text(frame: "pd.DataFrame") -> str:
    """Return the frame as a GitHub table; cells are escaped, and line ends become `<br>`."""
    rows = [[_markdown_cell(value) for value in record.values()] for record in records(frame)]
    lines = [list(map(_markdown_cell, frame.columns)), ["---"] * len(frame.columns), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def plain_table(frame: "pd.DataFrame", *, title: str | None = None) -> "RenderableType":
    """Return one rich table of a frame's cells; markup in them is text."""
    from rich import box  # noqa: PLC0415 - as above
    from rich.table import Table  # noqa: PLC0415 - as above
    from rich.text import Text  # noqa: PLC0415 - as above

    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE, pad_edge=False)
    for name in frame.columns:
        table.add_column(Text(str(name)), overflow="fold")
    for record in records(frame):
        table.add_row(*(Text(_cell(value)) for value in record.values()))
    return table


def _parts(frame: "pd.DataFrame") -> "Iterator[pd.DataFrame]":
    """Return the rows of a frame in parts."""
    return (frame[start : start + _ROWS_AT_ONCE] for start in range(0, len(frame), _ROWS_AT_ONCE))


def _plain_columns(frame: "pd.DataFrame") -> list[list[Any]]:
    """Return the values of each column as JSON values."""
    return [_plain_column(frame.iloc[:, place]) for place in range(frame.shape[1])]


def _plain_column(column: "pd.Series[Any]") -> list[Any]:
    """Return the values of a column as JSON values; each distinct text or time is converted once."""
    import numpy as np  # noqa: PLC0415 - loaded already, since there is a frame
    import pandas as pd  # noqa: PLC0415 - as above

    if isinstance(column.dtype, pd.StringDtype | pd.DatetimeTZDtype):
        places, different = pd.factorize(column)
        values = [*map(_plain, different), None]  # the place of what is missing is -1
        return [values[place] for place in places.tolist()]
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "biu":
        return column.tolist()
    if isinstance(column.dtype, np.dtype) and column.dtype.kind == "f":
        return [None if math.isnan(value) else value for value in column.tolist()]
    return [_plain(value) for value in column.tolist()]


def _plain(value: Any) -> Any:
    if isinstance(value, str | bool | int | list | dict | tuple):
        return value
    if isinstance(value, float):
        return None if math.isnan(value) else float(value)
    import pandas as pd  # noqa: PLC0415 - as above

    if pd.isna(value):
        return None
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return value.item() if hasattr(value, "item") else value  # NumPy's scalars are not JSON's


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else _ENCODER.encode(value)


def _markdown_cell(value: Any) -> str:
    text = _cell(value)
    return "<br>".join(map(markdown_cell, text.splitlines())) if "\n" in text else markdown_cell(text)


def _csv_cell(value: Any) -> str:
    return csv_cell(value) if isinstance(value, str) else _cell(value)
