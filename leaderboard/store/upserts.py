"""Rows that are inserted, or brought up to date where they are there already, in either kind of database."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from functools import cache
from typing import Any

from sqlalchemy import Executable
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from leaderboard.store.records import EnvironmentRecord, ModelRecord, RecipeRecord, SubjectRecord, TaskRecord
from leaderboard.store.tables import (
    Environment,
    Evaluation,
    Identified,
    Model,
    Recipe,
    Subject,
    Table,
    Task,
)

HasIdentity = Environment | Evaluation | Model | Recipe | Subject | Task
"""Tables whose rows have an identity."""
_INSERT: dict[str, Callable[[Any], sqlite.Insert | postgresql.Insert]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}


def inserting(
    session: Session, table: type[Table | Identified], values: Mapping[str, Any]
) -> sqlite.Insert | postgresql.Insert:
    """An insertion that can say what happens on a conflict."""
    return _INSERT[session.get_bind().dialect.name](table).values(**values)


def upserting(
    session: Session, table: type[Table | Identified], key: tuple[str, ...], values: Mapping[str, Any]
) -> sqlite.Insert | postgresql.Insert:
    """An insertion of a row that replaces the values of the one with the same key, where there is one."""
    statement = inserting(session, table, values)
    changes = {name: statement.excluded[name] for name in values if name not in key}
    return statement.on_conflict_do_update(index_elements=key, set_=changes)


def upserted(session: Session, table: type[HasIdentity], values: Mapping[str, Any]) -> int:
    """Row id of the row with that identity, made or brought up to date (names and notes may change)."""
    statement = _upsert(session.get_bind().dialect.name, table.__tablename__, tuple(values))
    return int(session.execute(statement, dict(values)).scalar_one())


def inserted_rows(session: Session, table: type[HasIdentity], rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Row ids of the rows that were inserted, by identity; those with an identity that was there are left out."""
    result = session.execute(
        _new_rows(session.get_bind().dialect.name, table.__tablename__), [dict(row) for row in rows]
    )
    return {row.identity: row.id for row in result}


@cache
def _upsert(dialect: str, name: str, columns: tuple[str, ...]) -> Executable:
    """Made once for a table and its columns, since that takes longer than running it."""
    table = Table.metadata.tables[name]
    statement = _INSERT[dialect](table)
    changes = {column: statement.excluded[column] for column in columns if column != "identity"}
    return statement.on_conflict_do_update(index_elements=["identity"], set_=changes).returning(table.c.id)


@cache
def _new_rows(dialect: str, name: str) -> Executable:
    """Made once for a table."""
    table = Table.metadata.tables[name]
    return _INSERT[dialect](table).on_conflict_do_nothing().returning(table.c.id, table.c.identity)


def columns(record: EnvironmentRecord | ModelRecord | RecipeRecord | SubjectRecord | TaskRecord) -> dict[str, Any]:
    """The values of a record, by column."""
    values = {field.name: getattr(record, field.name) for field in fields(record)}
    return {name: dict(value) if isinstance(value, Mapping) else value for name, value in values.items()}
