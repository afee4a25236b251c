"""Version of the schema of a database, and its migration to this program's schema."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import NoReturn

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, inspect, text

from leaderboard.escapes import shell
from leaderboard.store.errors import DamagedStoreError, UnreadableReason, UnreadableStoreError, store_text
from leaderboard.store.row_checks import check_rows
from leaderboard.store.schema_checks import check_columns, check_objects
from leaderboard.store.tables import Table as Tables

VERSION_TABLE = "leaderboard_schema"
_ADVISORY_LOCK = 0x6C656164  # any number that no other program on the same server is likely to choose
_ALEMBIC = threading.Lock()
"""Alembic has global state: one migration at a time in a process."""


def revision(connection: Connection) -> str | None:
    """Return the revision of the schema of a database; None for an empty database.

    Raises:
        UnreadableStoreError: for a database that names several.
    """
    context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
    try:
        return context.get_current_revision()
    except CommandError:
        raise UnreadableStoreError(
            f"{store_text(connection.engine)}: names several schema versions at once, as no store does\n"
            "  Restore a copy, or name another database with --store",
            UnreadableReason.FOREIGN,
        ) from None


def newest_revision() -> str:
    """Return the revision of this program's schema."""
    return str(_scripts().get_current_head())


def migrate(engine: Engine) -> None:
    """Migrate the schema to this program's, in one transaction that only one process at a time can hold.

    Raises:
        RequestError: for a database with tables of another program, or with a newer schema.
    """
    scripts = _scripts()
    with engine.connect() as connection:
        if revision(connection) == scripts.get_current_head():
            return
    with _ALEMBIC, _upgrading(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        _refuse_unknown(connection, scripts)
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@contextmanager
def _upgrading(engine: Engine) -> Iterator[Connection]:
    """A connection in a transaction that may remake tables.

    SQLite alters a table by dropping it and renaming a copy, and would take the rows of other tables that point to it
    along. Its keys can be left alone outside of a transaction only; what they point to is checked before the end.
    """
    with engine.execution_options(writes=True).connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        if sqlite:
            _enforce_keys(connection, enforced=False)
        try:
            with connection.begin():
                yield connection
                if sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                    raise DamagedStoreError(
                        f"{store_text(engine)}: is damaged: some of its rows refer to rows that do not exist\n"
                        "  Restore a copy, or use another store: --store URL"
                    )
        finally:
            if sqlite:
                _enforce_keys(connection, enforced=True)


def _enforce_keys(connection: Connection, *, enforced: bool) -> None:
    """Set whether SQLite enforces foreign keys; on the driver's connection, where no transaction is open."""
    driver = connection.connection.dbapi_connection
    if driver is not None:
        driver.execute(f"PRAGMA foreign_keys = {'ON' if enforced else 'OFF'}")


def check_layout(engine: Engine) -> None:
    """Check that an SQLite database of any revision holds only known tables and indices, and nothing that computes.

    Raises:
        UnreadableStoreError: for a database that holds anything else.
    """
    if engine.dialect.name != "sqlite":
        return  # a database server enforces permissions and column types
    with engine.connect() as connection:
        names = set(connection.exec_driver_sql("SELECT name FROM sqlite_master").scalars())
        tables = set(connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars())
        if tables and not names & {VERSION_TABLE, *Tables.metadata.tables}:
            _refuse_foreign(connection, tables)
        if names:
            check_objects(connection, VERSION_TABLE)


def check_content(engine: Engine) -> None:
    """Check that an SQLite database of this program's schema has its columns and valid rows.

    Raises:
        UnreadableStoreError: for a database with other columns.
        DamagedStoreError: names the invalid rows.
    """
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            check_columns(connection)
            check_rows(connection)


def check_readable(engine: Engine) -> bool:
    """Whether the database has a schema, which must be this program's; nothing is changed.

    Raises:
        UnreadableStoreError: for tables of another program, or a newer or older schema.
    """
    scripts = _scripts()
    head = scripts.get_current_head()
    with engine.connect() as connection:
        current = revision(connection)
        _refuse_unknown(connection, scripts)
    if current not in {None, head}:
        raise UnreadableStoreError(
            f"{store_text(engine)}: was written by an older leaderboard (schema {current}; this one reads {head})\n"
            f"  Make a copy if the older version must still read it, then migrate it: "
            f"leaderboard rank --store {shell(store_text(engine))}",
            UnreadableReason.OLDER,
        )
    return current is not None


def _refuse_unknown(connection: Connection, scripts: ScriptDirectory) -> None:
    """Raise for a database of another program or of a newer leaderboard."""
    current = revision(connection)
    if current is None and (tables := inspect(connection).get_table_names()):
        _refuse_foreign(connection, tables)
    if current is not None and current not in {script.revision for script in scripts.walk_revisions()}:
        raise UnreadableStoreError(
            f"{store_text(connection.engine)}: was written by a newer leaderboard "
            f"(schema {current}; this one reads up to {scripts.get_current_head()})\n"
            "  Upgrade leaderboard, or name another database with --store",
            UnreadableReason.NEWER,
        )


def _refuse_foreign(connection: Connection, tables: Iterable[str]) -> NoReturn:
    raise UnreadableStoreError(
        f"{store_text(connection.engine)}: holds another program's tables ({', '.join(sorted(tables)[:5])[:200]})\n"
        "  Name another database with --store",
        UnreadableReason.FOREIGN,
    )


@cache
def _scripts() -> ScriptDirectory:
    """Return the migrations, which are read once in a process."""
    return ScriptDirectory.from_config(_config())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    return config
