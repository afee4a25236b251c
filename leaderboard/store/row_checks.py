"""Checks of the rows of an SQLite store when it is opened, which find damaged and forged rows.

SQLite stores any value in any column, and a writer can switch off the checks of the schema: a text instead of a number,
an unknown enum value, an infinity, a foreign key to a missing row. The checks are derived from the table definitions,
so that a new column is checked as well. Observations, which are most of a store, are checked when they are read
(`Store.observations_of_all`).

The statements are SQL for the driver: every opened store has an engine of its own, and SQLAlchemy would compile each
statement for a single use, which took a third of the time.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Connection,
    Enum,
    Float,
    Integer,
    String,
    Table,
    TypeDecorator,
)
from sqlalchemy.types import TypeEngine

from leaderboard.bounded_json import parse_storable_json
from leaderboard.store import json_checks
from leaderboard.store.errors import DamagedStoreError, store_text
from leaderboard.store.tables import AxisName, ObservationRow, UtcTime
from leaderboard.store.tables import Table as Tables

LONGEST_LINE = 10_000
"""Maximum length of a name, a method or a unit."""
LONGEST_TEXT = 1_000_000
"""Maximum length of a reason or a message."""
LONGEST_JSON = 16 * 2**20
_PROSE = frozenset({"reason", "message"})
_SHOWN = 5
_MOST = 100
_TIME = "[0-9]" * 4 + "-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9]." + "[0-9]" * 6
_REMEDY = (
    "The store is not read, since the remaining rows would look complete.\n"
    "  Restore a copy, or name another store with --store"
)


def check_rows(connection: Connection) -> None:
    """Check that every row of a store of this program's schema holds valid values.

    Raises:
        DamagedStoreError: names the first invalid rows, and what is wrong with them.
    """
    problems: list[str] = []
    for problem in _problems(connection):
        problems.append(problem)
        if len(problems) > _MOST:
            break
    if problems:
        count = f"more than {_MOST}" if len(problems) > _MOST else str(len(problems))
        shown = "".join(f"\n  {each}" for each in problems[:_SHOWN])
        more = f"\n  and {len(problems) - _SHOWN} more" if _SHOWN < len(problems) <= _MOST else ""
        raise DamagedStoreError(
            f"{store_text(connection.engine)}: is damaged: {count} invalid rows{shown}{more}\n  {_REMEDY}"
        )


def _problems(connection: Connection) -> Iterator[str]:
    for table in Tables.metadata.sorted_tables:
        if table.name == ObservationRow.__tablename__:
            continue
        yield from _wrong_values(connection, table)
        yield from _duplicates(connection, table)
        yield from _dangling(connection, table)
        for column in table.columns:
            if isinstance(_stored_as(column), JSON):
                yield from _wrong_json(connection, table, column)


def _wrong_values(connection: Connection, table: Table) -> Iterator[str]:
    """Yield a message for each value that violates a condition.

    All conditions are tried in one pass over the table, and each by itself only where that finds a row.
    """
    conditions = _conditions(table)
    every = " AND ".join(f"({condition})" for _, condition in conditions)
    if connection.exec_driver_sql(_search(table, every)).first() is None:
        return
    for name, condition in conditions:
        for row in connection.exec_driver_sql(_search(table, condition)).all():
            yield f"{table.name} {_key(row)}: {name}"


def _search(table: Table, condition: str) -> str:
    keys = ", ".join(f'"{column.name}"' for column in table.primary_key.columns)
    return f'SELECT {keys} FROM "{table.name}" WHERE NOT coalesce({condition}, 0) LIMIT {_MOST}'  # noqa: S608 - from our own tables


def _key(row: Any) -> str:
    return "/".join(str(value)[:80] for value in row)


@cache
def _conditions(table: Table) -> tuple[tuple[str, str], ...]:
    """Return the conditions that each row of a table must satisfy, as SQL, each with the message of a violation."""
    return tuple(_derived(table))


def _derived(table: Table) -> Iterator[tuple[str, str]]:
    for column in table.columns:
        name = f'"{column.name}"'
        condition = _of_type(column, name)
        unless = f"{name} IS NULL OR " if column.nullable else ""
        yield f"{column.name} is not a {_description(column)}", f"{unless}({condition})"
    for check in table.constraints:
        if isinstance(check, CheckConstraint) and not getattr(check, "_type_bound", False):
            yield f"violates the constraint {check.name}", f"coalesce({check.sqltext}, 1)"


def _stored_as(column: Column[Any]) -> TypeEngine[Any]:
    """Return the type of the values that are stored in a column, without decorators, except for times and axes."""
    kind = column.type
    checked = UtcTime | AxisName
    return kind.impl_instance if isinstance(kind, TypeDecorator) and not isinstance(kind, checked) else kind


def _of_type(column: Column[Any], name: str) -> str:
    """Return the condition that a value of a column must satisfy, as SQL."""
    kind = _stored_as(column)
    stored, more = _STORED[next(each for each in _STORED if isinstance(kind, each))]
    if isinstance(kind, Enum):
        more = f"{{name}} IN ({', '.join(repr(value) for value in kind.enums)})"
    elif column.name in _PROSE:
        more = _TEXT.format(name="{name}", longest=LONGEST_TEXT)
    elif column.name == "n":
        more = f"{{name}} <= {json_checks.MOST_EXAMPLES}"
    return f"typeof({name}) IN ({stored}) AND {more.format(name=name)}"


_TEXT = "length({name}) <= {longest} AND instr({name}, char(0)) = 0"
_STORED: Mapping[type, tuple[str, str]] = {
    Enum: ("'text'", "{name}"),
    Boolean: ("'integer'", "{name} IN (0, 1)"),
    Integer: ("'integer'", "1"),
    Float: ("'real', 'integer'", f"abs({{name}}) <= {json_checks.LARGEST_NUMBER!r}"),
    # A column of times is compared as a number, unless it is cast; without a modifier February 30th stays as it is, and
    # with its fraction SQLite rounds a time to the next second.
    UtcTime: (
        "'text'",
        (
            f"{{name}} GLOB '{_TIME}' AND datetime(substr({{name}}, 1, 19), '+0 days') = substr({{name}}, 1, 19)"
            " AND CAST({name} AS TEXT) >= '1900' AND CAST({name} AS TEXT) < '9000'"
        ),
    ),
    AxisName: (
        "'text'",
        (
            "length({name}) BETWEEN 1 AND 16 AND instr({name}, char(0)) = 0"
            " AND {name} GLOB '[a-z]*' AND {name} NOT GLOB '*[^a-z0-9_]*'"
        ),
    ),
    JSON: ("'text'", f"length({{name}}) <= {LONGEST_JSON}"),
    String: ("'text'", _TEXT.format(name="{name}", longest=LONGEST_LINE)),
}
"""SQLite storage classes and a condition on the value, by type of a column (the first that matches)."""


def _description(column: Column[Any]) -> str:
    kinds: list[tuple[type | tuple[type, ...], str]] = [
        (Enum, "known value"),
        (Boolean, "boolean"),
        (Integer, "whole number within its bounds"),
        (Float, "finite number within its bounds"),
        (AxisName, "name of an axis"),
        (UtcTime, "time between 1900 and 8999"),
        (JSON, "JSON text of valid length"),
    ]
    return next((text for kind, text in kinds if isinstance(_stored_as(column), kind)), "text of valid length")


def _duplicates(connection: Connection, table: Table) -> Iterator[str]:
    """Yield a message for each identity with several rows, which a forged index permits."""
    if "identity" in table.columns:
        query = f'SELECT +identity FROM "{table.name}" GROUP BY 1 HAVING count(*) > 1 LIMIT {_MOST}'  # noqa: S608 - from our own tables
        for row in connection.exec_driver_sql(query).all():
            yield f"{table.name}: several rows have the identity {_key(row)}"


def _dangling(connection: Connection, table: Table) -> Iterator[str]:
    if not table.foreign_keys:
        return
    for row in connection.exec_driver_sql(f'PRAGMA foreign_key_check("{table.name}")').fetchmany(_MOST):
        yield f"{table.name} row {row[1]}: refers to a missing row of {row[2]}"


def _wrong_json(connection: Connection, table: Table, column: Column[Any]) -> Iterator[str]:
    keys = ", ".join(f'"{key.name}"' for key in table.primary_key.columns)
    check: Callable[[Any], None] = json_checks.CHECKS.get((table.name, column.name), json_checks.check_object)
    unless = json_checks.USUAL_VALUES.get((table.name, column.name), "")
    query = f'SELECT {keys}, "{column.name}" FROM "{table.name}" WHERE typeof("{column.name}") = ?'  # noqa: S608 - from our own tables
    query += f' AND "{column.name}" <> ? AND length("{column.name}") <= {LONGEST_JSON}'
    for *key, value in connection.exec_driver_sql(query, ("text", unless)):
        try:
            check(parse_storable_json(value))
        except ValueError as error:
            yield f"{table.name} {_key(key)}: {column.name}: {str(error).partition(chr(10))[0][:200]}"
