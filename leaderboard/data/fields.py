"""Fields of an example from a row: columns, templates and patterns."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from leaderboard.data.patterns import LimitedPattern, limited_pattern
from leaderboard.data.record import Row
from leaderboard.data.specification import FieldSpec
from leaderboard.data.template import render
from leaderboard.errors import RequestError

Getter = Callable[[Row], Any]
_SHOWN = 60
"""Maximum length of a value in a message, in characters."""


class MissingValueError(RequestError):
    """A row without a required value, which `missing: drop` in the task file leaves out."""


def getter(field: str, spec: FieldSpec) -> Getter:
    """Return a function that reads one field from a row.

    A template sees the columns by name, and all of them as `row`. A pattern is a Python regular expression; without a
    group the whole match is the field.

    The returned function raises RequestError for a row that lacks the field.
    """
    if spec.columns:
        return _list_of_columns(list(map(str, spec.columns)))
    origin = _template(spec.template) if spec.template is not None else _column(str(spec.column))
    if spec.each is not None:
        return _each(field, spec.each, origin)
    if spec.pattern is None:
        return origin
    pattern = limited_pattern(spec.pattern)
    return _every(pattern, origin) if spec.every else _first(field, pattern, origin)


def as_text(value: Any) -> str:
    """Return a raw value as it is written in the file; JSON for values that are not text."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _column(name: str) -> Getter:
    def read(row: Row) -> Any:
        if name in row:
            return row[name]
        value: Any = row
        for step in name.split("."):
            if isinstance(value, Mapping) and step in value:
                value = value[step]
            elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
                value = value[int(step)]
            else:
                raise MissingValueError(f"no column '{name}'\n  Columns: {', '.join(row)}{_near(name, row)}")
        return value

    return read


def _list_of_columns(names: Sequence[str]) -> Getter:
    getters = list(map(_column, names))

    def read(row: Row) -> list[Any]:
        values = [get(row) for get in getters]
        while values and (values[-1] is None or (isinstance(values[-1], str) and not values[-1].strip())):
            values.pop()
        return [value if value is None or isinstance(value, str) else as_text(value) for value in values]

    return read


def _each(field: str, key: str, origin: Getter) -> Getter:
    def read(row: Row) -> list[Any] | None:
        items = origin(row)
        if items is None:
            return None
        if not isinstance(items, list) or not all(isinstance(item, Mapping) and key in item for item in items):
            raise RequestError(f"field '{field}': {as_text(items)[:_SHOWN]} is no list of objects with the key '{key}'")
        return [item[key] for item in items]

    return read


def _near(name: str, row: Row) -> str:
    """Return a hint to the column that differs only in case and spaces."""
    near = next((column for column in row if column.strip().casefold() == name.strip().casefold()), None)
    return "" if near is None else f"\n  Did you mean {near!r}?"


def _template(template: str) -> Getter:
    return lambda row: render(template, {**row, "row": row})


def _first(field: str, pattern: LimitedPattern, origin: Getter) -> Getter:
    def search(row: Row) -> str:
        text = as_text(origin(row))
        value = pattern.first(text)
        if value is None:
            raise RequestError(f"field '{field}': nothing in {text!r} matches '{pattern.pattern}'")
        return value

    return search


def _every(pattern: LimitedPattern, origin: Getter) -> Getter:
    return lambda row: pattern.every(as_text(origin(row)))
