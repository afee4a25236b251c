"""Ways of printing a frame: tables and Markdown for people, JSON and CSV for programs."""

import csv
import io
import json
import math
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console, RenderableType


_ROWS_AT_ONCE = 2000
"""Rows whose text is in memory at once."""
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


class Format(StrEnum):
    """How output is written."""

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
    """Print a frame.

    Args:
        frame: what programs get, all of it: missing is null in JSON and empty in CSV, times are ISO 8601.
        format: how.
        console: where; standard output when None.
        readable: makes the frame of texts that people get as a table or as Markdown; the frame itself when None.
        tables: makes rich tables, where one plain table of the readable frame would not do.
    """
    from rich.console import Console  # noqa: PLC0415 - `Format` is imported by the command line before anything is run

    console = console or Console()
    if format is Format.TABLE:
        for renderable in tables(frame) if tables else [plain_table(readable(frame) if readable else frame)]:
            console.print(renderable)
        return
    for text in _written(frame, format, readable):
        console.file.write(text)
    console.file.flush()


def _written(
    frame: "pd.DataFrame",
    format: Format,  # noqa: A002 - as above
    readable: "Callable[[pd.DataFrame], pd.DataFrame] | None",
) -> Iterator[str]:
    """The text of a frame piece by piece, so that a large one is never a string beside itself."""
    match format:
        case Format.JSON:
            yield from json_texts(frame)
        case Format.JSONL:
            for part in _parts(frame):
                yield "".join(_ENCODER.encode(each) + "\n" for each in records(part))
        case Format.CSV:
            yield from csv_texts(frame)
        case _:
            yield markdown_text(readable(frame) if readable else frame)


def records(frame: "pd.DataFrame") -> list[dict[str, Any]]:
    """The rows as JSON can say them: missing is None, a number is Python's own, a time is ISO 8601."""
    names = [str(name) for name in frame.columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*_plain_columns(frame), strict=True)]


def json_texts(frame: "pd.DataFrame") -> Iterator[str]:
    """The frame as a JSON array, a record a line, piece by piece: an indented one takes ten times as long."""
    for place, part in enumerate(_parts(frame)):
        yield (",\n  " if place else "[\n  ") + ",\n  ".join(map(_ENCODER.encode, records(part)))
    yield "\n]\n" if len(frame) else "[]\n"


def csv_texts(frame: "pd.DataFrame") -> Iterator[str]:
    """The frame as RFC 4180 CSV with a header, piece by piece; see `csv_text`."""
    for place, part in enumerate([frame[:0], *_parts(frame)]):
        file = io.StringIO()
        writer = csv.writer(file, lineterminator="\n")
        if place == 0:
            writer.writerow(frame.columns)
        writer.writerows(zip(*(map(_cell, column) for column in _plain_columns(part)), strict=True))
        yield file.getvalue()


def csv_text(frame: "pd.DataFrame") -> str:
    """The frame as RFC 4180 CSV with a header; cells with commas, quotes or line ends are quoted, lists are JSON."""
    return "".join(csv_texts(frame))


def markdown_text(frame: "pd.DataFrame") -> str:
    """The frame as a GitHub table: pipes are escaped and line ends become `<br>`, so that no cell breaks the table."""
    rows = [[_markdown_cell(value) for value in record.values()] for record in records(frame)]
    lines = [list(map(_markdown_cell, frame.columns)), ["---"] * len(frame.columns), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def plain_table(frame: "pd.DataFrame", *, title: str | None = None) -> "RenderableType":
    """One rich table of a frame's cells as they are; markup in them is text."""
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
    """The rows of a frame, some at a time."""
    return (frame[start : start + _ROWS_AT_ONCE] for start in range(0, len(frame), _ROWS_AT_ONCE))


def _plain_columns(frame: "pd.DataFrame") -> list[list[Any]]:
    """The values of each column as JSON can say them."""
    return [_plain_column(frame.iloc[:, place]) for place in range(frame.shape[1])]


def _plain_column(column: "pd.Series[Any]") -> list[Any]:
    """The values of a column as JSON can say them: each different text or time of a column is looked at once."""
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
    text = _cell(value).replace("\\", "\\\\").replace("|", "\\|")
    return "<br>".join(text.splitlines())
