"""JSON: a line is a row, or a whole file is a list of rows."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from leaderboard.data.record import Record
from leaderboard.errors import RequestError


def json_lines(text: str) -> Iterator[Record]:
    """One record a line that is not blank."""
    number = 0
    for place, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        number += 1
        try:
            row = _parse(line)
        except (ValueError, RecursionError) as error:
            hint = ""
            if number == 1 and line.lstrip().startswith(("[", "{")) and line.strip() in {"[", "{", "[{"}:
                hint = "\n  In JSON lines every line is an object; a file that is one list is `format: json`"
            yield Record(number, place, {}, f"not JSON: {error}{hint}")
            continue
        yield _record(number, place, row)


def json_list(text: str, path: Path) -> Iterator[Record]:
    """One record an item of the list that a file is.

    Raises:
        RequestError: for a file that is no list.
    """
    try:
        rows = _parse(text)
    except (ValueError, RecursionError) as error:
        raise RequestError(f"{path}: not JSON: {error}\n  A file with an object a line is `format: jsonl`") from None
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


def _parse(text: str) -> Any:
    """JSON in which no object names a key twice.

    Raises:
        ValueError: saying what is wrong, and where.
    """
    return json.loads(text, object_pairs_hook=_once)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    row = dict(pairs)
    if len(row) != len(pairs):
        names = [name for name, _ in pairs]
        twice = sorted({name for name in names if names.count(name) > 1})
        raise ValueError(f"an object has the key '{twice[0]}' twice")
    return row
