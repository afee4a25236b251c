"""Rows that are inserted, or brought up to date where they are there already, in either kind of database."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from leaderboard.store.records import EnvironmentRecord, ModelRecord, RecipeRecord, SubjectRecord, TaskRecord
from leaderboard.store.tables import Identified, Table

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


def upserted(session: Session, table: type[Identified], values: Mapping[str, Any]) -> int:
    """Row id of the row with that identity, made or brought up to date (names and notes may change)."""
    return session.execute(upserting(session, table, ("identity",), values).returning(table.id)).scalar_one()


def columns(record: EnvironmentRecord | ModelRecord | RecipeRecord | SubjectRecord | TaskRecord) -> dict[str, Any]:
    """The values of a record, by column."""
    values = {field.name: getattr(record, field.name) for field in fields(record)}
    return {name: dict(value) if isinstance(value, Mapping) else value for name, value in values.items()}
