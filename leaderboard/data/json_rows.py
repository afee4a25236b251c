"""Rows of JSON files: JSON lines, or one list of objects."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from leaderboard.bounded_json import JsonError, parse_json
from leaderboard.data.record import Record
from leaderboard.errors import RequestError

MOST_VALUES = 20_000_000
"""Maximum number of values in a file with one list; JSON lines are read line by line."""
COLUMNS_NOT_ROWS = (
    "it is one object with a column under each key, as pandas writes it\n"
    '  Write rows: frame.to_json(PATH, orient="records", lines=True)'
)


def is_columns(row: Mapping[str, Any]) -> bool:
    """Whether an object has columns as its values, each with the same rows: lists, or objects by row number."""
    columns = list(row.values())
    if not columns or not all(isinstance(column, list | dict) and len(column) > 1 for column in columns):
        return False
    if all(isinstance(column, list) for column in columns):
        return len(columns) > 1 and len(set(map(len, columns))) == 1
    return all(isinstance(column, dict) and column.keys() == columns[0].keys() for column in columns)


def json_lines(lines: Iterable[str]) -> Iterator[Record]:
    """Yield one record for each line that is not blank.

    Args:
        lines: lines of the file, with or without their ends.
    """
    number = 0
    for place, line in enumerate((each.removesuffix("\n") for each in lines), start=1):
        if not line.strip():
            continue
        number += 1
        try:
            row = parse_json(line, unique_keys=True)
        except JsonError as error:
            hint = ""
            column = f" (column {error.column})" if error.column else ""
            if number == 1 and line.lstrip().startswith(("[", "{")) and line.strip() in {"[", "{", "[{"}:
                hint = "\n  In JSON lines every line is an object; a file that is one list is `format: json`"
            yield Record(number, place, {}, f"not JSON: {error.problem}{column}{hint}")
            continue
        yield _record(number, place, row)


def json_list(text: str, path: Path) -> Iterator[Record]:
    """Yield one record for each item of the list in a file.

    Raises:
        RequestError: for a file that does not hold a list.
    """
    try:
        rows = parse_json(text, unique_keys=True, most_values=MOST_VALUES)
    except JsonError as error:
        raise RequestError(f"{path}: not JSON: {error}\n  A file with an object a line is `format: jsonl`") from None
    if isinstance(rows, dict) and is_columns(rows):
        raise RequestError(f"{path}: {COLUMNS_NOT_ROWS}")
    if not isinstance(rows, list):
        raise RequestError(f"{path}: `format: json` is a file with one list of objects, not {_kind(rows)}")
    for number, row in enumerate(rows, start=1):
        yield _record(number, 0, row)


def _record(number: int, place: int, row: Any) -> Record:
    if not isinstance(row, dict):
        return Record(number, place, {}, f"a row has to be a JSON object, not {_kind(row)}")
    return Record(number, place, row)


def _kind(value: Any) -> str:
    return type(value).__name__
