"""Checks of the schema of an SQLite store: only known tables, and nothing that computes.

SQLite executes what a schema contains. A view instead of a table may never end, a trigger changes what is written, a
generated column or an index on an expression computes whenever it is read. A store has none of these.
"""

from collections.abc import Collection, Iterator, Mapping
from functools import cache

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import sqlite

from leaderboard.store.errors import UnreadableReason, UnreadableStoreError, store_text
from leaderboard.store.tables import Table as Tables

_OF_OPTUNA = frozenset(
    {
        "alembic_version",
        "studies",
        "study_directions",
        "study_system_attributes",
        "study_user_attributes",
        "trial_heartbeats",
        "trial_intermediate_values",
        "trial_params",
        "trial_system_attributes",
        "trial_user_attributes",
        "trial_values",
        "trials",
        "version_info",
    }
)
"""Tables of Optuna; attributes in them are JSON, and nothing is pickled."""
_OF_SQLITE = frozenset({"sqlite_sequence", "sqlite_stat1", "sqlite_stat4"})
_SHOWN = 3
_ANOTHER = "It was not created by this program. Name another database with --store"


def check_objects(connection: Connection, version_table: str) -> None:
    """Check that an SQLite database holds only known tables and their indices, and nothing that computes.

    Raises:
        UnreadableStoreError: names the other objects.
    """
    ours = Tables.metadata.tables.keys() | _OF_OPTUNA | _OF_SQLITE | {version_table}
    problems = list(_objects(connection, frozenset(ours)))
    if not problems:
        problems = list(_computed(connection))
    if problems:
        raise _refused(connection, problems)


def check_columns(connection: Connection) -> None:
    """Check that the tables of an SQLite store of this program's schema have its columns and types.

    Raises:
        UnreadableStoreError: names the tables that differ.
    """
    columns = _columns(connection)
    problems = [
        f"table {name} has other columns"
        for name, table in Tables.metadata.tables.items()
        if columns.get(name, {}) != _expected(table)
    ]
    if problems:
        raise _refused(connection, problems)


def _objects(connection: Connection, ours: Collection[str]) -> Iterator[str]:
    for kind, name, table, sql in connection.exec_driver_sql("SELECT type, name, tbl_name, sql FROM sqlite_master"):
        if kind not in {"table", "index"}:
            yield f"a {kind} named {str(name)[:60]!r}"
        elif table not in ours:
            yield f"a table named {str(table)[:60]!r}"
        elif kind == "table" and str(sql).lstrip().upper().startswith("CREATE VIRTUAL"):
            yield f"a virtual table named {name!r}"


def _computed(connection: Connection) -> Iterator[str]:
    """Yield a message for each computed column and each index on an expression."""
    for table, column in connection.exec_driver_sql(_COMPUTED_COLUMNS):
        yield f"a computed column {table}.{column}"
    for (index,) in connection.exec_driver_sql(_COMPUTED_INDICES):
        yield f"an index {index!r} on an expression"


_COMPUTED_COLUMNS = """
    SELECT tables.name, columns.name
    FROM sqlite_master AS tables, pragma_table_xinfo(tables.name) AS columns
    WHERE tables.type = 'table' AND columns.hidden
"""
_COMPUTED_INDICES = """
    SELECT indices.name
    FROM sqlite_master AS tables, pragma_index_list(tables.name) AS indices
    WHERE tables.type = 'table'
        AND (indices.partial OR EXISTS (SELECT 1 FROM pragma_index_xinfo(indices.name) WHERE cid = -2))
"""
"""-2 is SQLite's column number of an expression in an index."""
_COLUMNS = """
    SELECT tables.name, columns.name, columns.type, columns."notnull", columns.pk
    FROM sqlite_master AS tables, pragma_table_xinfo(tables.name) AS columns
    WHERE tables.type = 'table'
"""


def _columns(connection: Connection) -> dict[str, dict[str, tuple[str, int, int]]]:
    """Return type, whether it must have a value, and place in the key of each column, by table and column."""
    tables: dict[str, dict[str, tuple[str, int, int]]] = {}
    for table, column, kind, not_null, place in connection.exec_driver_sql(_COLUMNS):
        tables.setdefault(table, {})[column] = (kind, not_null, place)
    return tables


@cache
def _expected(table: Table) -> Mapping[str, tuple[str, int, int]]:
    keys = [column.name for column in table.primary_key.columns]
    return {
        column.name: (
            column.type.compile(sqlite.dialect()),
            int(not column.nullable),
            keys.index(column.name) + 1 if column.name in keys else 0,
        )
        for column in table.columns
    }


def _refused(connection: Connection, problems: list[str]) -> UnreadableStoreError:
    more = f" and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
    named = ", ".join(problems[:_SHOWN])
    message = f"{store_text(connection.engine)}: cannot be read safely: it holds {named}{more}\n  {_ANOTHER}"
    return UnreadableStoreError(message, UnreadableReason.FOREIGN)
