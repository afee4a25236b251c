"""Ways of printing a frame: tables and Markdown for people, JSON and CSV for programs."""

import csv
import io
import json
from collections.abc import Callable, Iterable
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console, RenderableType


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

    def shown() -> "pd.DataFrame":
        return readable(frame) if readable else frame

    if format is Format.TABLE:
        for renderable in tables(frame) if tables else [plain_table(shown())]:
            console.print(renderable)
        return
    written = {
        Format.JSON: lambda: json_text(frame),
        Format.JSONL: lambda: "".join(
            json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n" for record in records(frame)
        ),
        Format.CSV: lambda: csv_text(frame),
        Format.MARKDOWN: lambda: markdown_text(shown()),
    }
    console.file.write(written[format]())
    console.file.flush()


def json_text(frame: "pd.DataFrame") -> str:
    """The frame as a JSON array, a record a line: written by C, where an indented one takes ten times as long."""
    lines = ",\n  ".join(json.dumps(record, ensure_ascii=False, allow_nan=False) for record in records(frame))
    return f"[\n  {lines}\n]\n" if lines else "[]\n"


def records(frame: "pd.DataFrame") -> list[dict[str, Any]]:
    """The rows as JSON can say them: missing is None, a number is Python's own, a time is ISO 8601."""
    names = [str(name) for name in frame.columns]
    columns = [_plain_column(column) for _, column in frame.items()]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _plain_column(column: "pd.Series[Any]") -> list[Any]:
    """A column as JSON can say it, at once where its type is known: a million values take seconds."""
    match column.dtype.kind:
        case "b" | "i" | "u":
            return column.tolist() if not column.hasnans else [_plain(value) for value in column]
        case "f":
            return [None if value != value else value for value in column.tolist()]  # noqa: PLR0124 - NaN is not itself
        case "M":
            known = {value: _plain(value) for value in column.unique()}
            return [known.get(value) for value in column]
    if column.dtype == "str":
        return column.astype(object).where(column.notna(), None).tolist()
    return [_plain(value) for value in column]


def csv_text(frame: "pd.DataFrame") -> str:
    """The frame as RFC 4180 CSV with a header; cells with commas, quotes or line ends are quoted, lists are JSON."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(frame.columns)
    writer.writerows([_cell(value) for value in record.values()] for record in records(frame))
    return file.getvalue()


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


def _plain(value: Any) -> Any:
    if isinstance(value, list | dict | tuple | str):
        return value
    import pandas as pd  # noqa: PLC0415 - as above; loaded already, since there is a frame

    if pd.isna(value):
        return None
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return value.item() if hasattr(value, "item") else value  # NumPy's scalars are not JSON's


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, allow_nan=False)


def _markdown_cell(value: Any) -> str:
    text = _cell(value).replace("\\", "\\\\").replace("|", "\\|")
    return "<br>".join(text.splitlines())
