"""The schema's version: finds out which one a database has and brings it up to this program's."""

import threading
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, text

from leaderboard.store.failures import Unreadable, UnreadableStoreError, place

VERSION_TABLE = "leaderboard_schema"
_ADVISORY_LOCK = 0x6C656164  # any number that no other program on the same server is likely to choose
_ALEMBIC = threading.Lock()
"""Alembic keeps its context in a global: one migration at a time in a process."""


def revision(connection: Connection) -> str | None:
    """The revision of the database's schema; None for a database without one."""
    return MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_revision()


def newest_revision() -> str:
    """The revision of the schema that this program writes."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def migrate(engine: Engine) -> None:
    """Bring the schema up to date, in one transaction that only one process at a time can hold.

    Raises:
        RequestError: for a database with somebody else's tables, or with a schema this program is too old for.
    """
    config = _config()
    scripts = ScriptDirectory.from_config(config)
    with engine.connect() as connection:
        if revision(connection) == scripts.get_current_head():
            return
    with _ALEMBIC, engine.execution_options(writes=True).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        _refuse_unknown(connection, scripts)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def check_readable(engine: Engine) -> bool:
    """Whether there is a schema to read, which is then this program's; nothing is changed.

    Raises:
        UnreadableStoreError: for somebody else's tables, or a schema that is newer or older than this program's.
    """
    scripts = ScriptDirectory.from_config(_config())
    head = scripts.get_current_head()
    with engine.connect() as connection:
        found = revision(connection)
        _refuse_unknown(connection, scripts)
    if found not in {None, head}:
        raise UnreadableStoreError(
            f"{place(engine)}: was written by an older leaderboard (schema {found}; this one reads {head})\n"
            f"  Bring it up to date, after a copy if the older one shall still read it: "
            f"leaderboard rank --store {place(engine)}",
            Unreadable.OLDER,
        )
    return found is not None


def _refuse_unknown(connection: Connection, scripts: ScriptDirectory) -> None:
    """Raise for a database that is another program's or a newer leaderboard's."""
    found = revision(connection)
    if found is None and (tables := inspect(connection).get_table_names()):
        raise UnreadableStoreError(
            f"{place(connection.engine)}: holds another program's tables ({', '.join(sorted(tables)[:5])})\n"
            "  Name another database with --store",
            Unreadable.FOREIGN,
        )
    if found is not None and found not in {script.revision for script in scripts.walk_revisions()}:
        raise UnreadableStoreError(
            f"{place(connection.engine)}: was written by a newer leaderboard "
            f"(schema {found}; this one knows up to {scripts.get_current_head()})\n"
            "  Upgrade leaderboard, or name another database with --store",
            Unreadable.NEWER,
        )


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    return config
