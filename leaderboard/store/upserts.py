"""Upserts (insert or update) for SQLite and PostgreSQL."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from functools import cache
from typing import Any

from sqlalchemy import Executable
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from leaderboard.store.records import EnvironmentRecord, ModelRecord, RecipeRecord, SubjectRecord, TaskRecord
from leaderboard.store.tables import (
    EnvironmentRow,
    EvaluationRow,
    Identified,
    ModelRow,
    RecipeRow,
    SubjectRow,
    Table,
    TaskRow,
)

HasIdentity = EnvironmentRow | EvaluationRow | ModelRow | RecipeRow | SubjectRow | TaskRow
"""Tables whose rows have an identity."""
_INSERT: dict[str, Callable[[Any], sqlite.Insert | postgresql.Insert]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}


def insert_statement(
    session: Session, table: type[Table | Identified], values: Mapping[str, Any]
) -> sqlite.Insert | postgresql.Insert:
    """Return an insert statement that supports `ON CONFLICT`."""
    return _INSERT[session.get_bind().dialect.name](table).values(**values)


def upsert_statement(
    session: Session, table: type[Table | Identified], key: tuple[str, ...], values: Mapping[str, Any]
) -> sqlite.Insert | postgresql.Insert:
    """Return an insert statement that replaces the values of an existing row with the same key."""
    statement = insert_statement(session, table, values)
    changes = {name: statement.excluded[name] for name in values if name not in key}
    return statement.on_conflict_do_update(index_elements=key, set_=changes)


def upsert(session: Session, table: type[HasIdentity], values: Mapping[str, Any]) -> int:
    """Insert or update the row with the identity in `values` (names and notes may change), and return its id."""
    statement = _upsert(session.get_bind().dialect.name, table.__tablename__, tuple(values))
    return int(session.execute(statement, dict(values)).scalar_one())


def inserted_rows(session: Session, table: type[HasIdentity], rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Insert rows whose identity is new, and return their row ids by identity."""
    result = session.execute(
        _new_rows(session.get_bind().dialect.name, table.__tablename__), [dict(row) for row in rows]
    )
    return {row.identity: row.id for row in result}


@cache
def _upsert(dialect: str, name: str, columns: tuple[str, ...]) -> Executable:
    """Build the upsert statement of a table; cached, since building takes longer than running it."""
    table = Table.metadata.tables[name]
    statement = _INSERT[dialect](table)
    changes = {column: statement.excluded[column] for column in columns if column != "identity"}
    return statement.on_conflict_do_update(index_elements=["identity"], set_=changes).returning(table.c.id)


@cache
def _new_rows(dialect: str, name: str) -> Executable:
    """Build the insert statement of a table; cached."""
    table = Table.metadata.tables[name]
    return _INSERT[dialect](table).on_conflict_do_nothing().returning(table.c.id, table.c.identity)


def column_values(
    record: EnvironmentRecord | ModelRecord | RecipeRecord | SubjectRecord | TaskRecord,
) -> dict[str, Any]:
    """Return the values of a record by column."""
    values = {field.name: getattr(record, field.name) for field in fields(record)}
    return {name: dict(value) if isinstance(value, Mapping) else value for name, value in values.items()}
