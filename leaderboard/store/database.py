"""Opens the store: SQLite in a file by default, PostgreSQL by URL, migrated to this program's schema."""

import json
import os
import re
import sqlite3
import time
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from leaderboard.errors import RequestError
from leaderboard.installing import install_command
from leaderboard.settings import user_path
from leaderboard.store.failures import explained
from leaderboard.store.repository import Store
from leaderboard.store.schema import check_readable, migrate

BUSY_TIMEOUT_S = 30.0
READING_TIMEOUT_S = 3.0
"""A page that waits for longer looks broken."""
_RETRY_S = 0.05
_BOUNDED = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""What libpq waits for a server: seconds to connect and between probes, milliseconds for what was sent to arrive."""
_SECRET = re.compile(r"//.*@")
"""User and password in a URL that is otherwise broken."""
_FILE_ENDINGS = (".db", ".sqlite", ".sqlite3")
_VALID = "FOLDER/FILE.db, sqlite:///FOLDER/FILE.db or postgresql://USER:PASSWORD@HOST/DATABASE"


def open_store(url: str) -> Store:
    """The store at a URL, made where there is none yet, with its schema up to date.

    Raises:
        RequestError: for a URL nobody can open, a place that cannot be written, a file that is no database, a
            database of another program, or one that a newer leaderboard wrote.
    """
    parsed = _parsed(url)
    if parsed.get_backend_name() == "sqlite":
        _make_room(parsed)
    engine = _engine(parsed)
    try:
        if engine.dialect.name == "sqlite":
            _write_ahead(engine)
        migrate(engine)
    except DBAPIError as error:
        engine.dispose()
        raise explained(engine, error) from None
    except RequestError:
        engine.dispose()
        raise
    return Store(engine)


def open_existing(url: str) -> Store | None:
    """The store at a URL, or None where there is no file: reading never makes one.

    Raises:
        RequestError: as `open_store` does.
    """
    parsed = _parsed(url)
    if parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").exists():
        return None
    return open_store(url)


def open_for_reading(url: str) -> Store | None:
    """The store at a URL as it is, through connections that cannot write; None where nothing was ever stored.

    SQLite opens the file read-only and PostgreSQL every transaction: nothing is made, switched or migrated.

    Raises:
        UnreadableStoreError: for a database of another program, or one with a schema that is not this program's.
        BusyStoreError: while another program keeps it locked.
        RequestError: for a URL nobody can open, or a file that is no database.
    """
    parsed = _parsed(url)
    if parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").exists():
        return None
    engine = _engine(parsed, reading=True)
    try:
        if check_readable(engine):
            return Store(engine)
    except DBAPIError as error:
        engine.dispose()
        raise explained(engine, error) from None
    except RequestError:
        engine.dispose()
        raise
    engine.dispose()
    return None


def reading_connection(file: str) -> sqlite3.Connection:
    """A connection to an SQLite file that cannot write, for use from any thread, one at a time.

    Raises:
        sqlite3.OperationalError: for a file that cannot be opened.
    """
    place = Path(file).resolve()
    # Nobody can be writing to what nobody may write to; SQLite itself would want to make its files beside it.
    frozen = "&immutable=1" if not os.access(place.parent, os.W_OK) and not Path(f"{place}-wal").exists() else ""
    return sqlite3.connect(
        f"{place.as_uri()}?mode=ro{frozen}",
        uri=True,
        timeout=READING_TIMEOUT_S,
        isolation_level=None,
        check_same_thread=False,
    )


def shown(url: str) -> str:
    """The URL of a store for people, without its password."""
    return _parsed(url).render_as_string(hide_password=True)


def _parsed(url: str) -> URL:
    """The URL that was meant by one, or by the path of an SQLite file, which is taken letter by letter."""
    if "://" not in url and (url.endswith(_FILE_ENDINGS) or user_path(url).is_file()):
        return URL.create("sqlite", database=str(user_path(url)))
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        url = _SECRET.sub("//***@", url)
        hint = "" if "://" in url or not url.strip() else f"\n  Did you mean '{url}.db'?"
        raise RequestError(f"--store {url}: is not a database URL\n  Valid: {_VALID}{hint}") from None
    if parsed.get_backend_name() not in {"sqlite", "postgresql"}:
        raise RequestError(f"--store {parsed.get_backend_name()}://…: no such kind of store\n  Valid: {_VALID}")
    if parsed.get_backend_name() == "sqlite":
        if (parsed.database or ":memory:") == ":memory:":
            raise RequestError(f"--store {url}: a store in memory keeps nothing; name a file\n  Valid: {_VALID}")
        if "?" in url:
            raise RequestError(
                f"--store {url}: an SQLite URL has no options after '?'\n"
                "  A file whose name has a '?' is named by its path, without sqlite:///"
            )
        return parsed.set(database=str(user_path(parsed.database or "")))
    return parsed


def _make_room(url: URL) -> None:
    file = Path(url.database or "")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RequestError(f"--store {url}: the folder {file.parent} cannot be made: {error.strerror}") from None
    if file.is_dir():
        raise RequestError(f"--store {url}: is a folder\n  Name a file in it: {url}/leaderboard.db")


def _engine(url: URL, *, reading: bool = False) -> Engine:
    options: dict[str, Any] = {}
    match url.get_backend_name(), reading:
        case "sqlite", False:
            options["connect_args"] = {"timeout": BUSY_TIMEOUT_S}
        case "sqlite", True:
            options["creator"] = partial(reading_connection, url.database or "")
        case "postgresql", False:
            options["connect_args"] = dict(_BOUNDED)
        case "postgresql", True:
            options["connect_args"] = {**_BOUNDED, "options": "-c default_transaction_read_only=on"}
    try:
        engine = create_engine(
            url,
            **options,
            pool_pre_ping=url.get_backend_name() == "postgresql",
            # NaN has no word in JSON: refusing it here keeps it out of every column
            json_serializer=partial(json.dumps, allow_nan=False, ensure_ascii=False, separators=(",", ":")),
        )
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise RequestError(
            f"--store {url.render_as_string(hide_password=True)}: its driver is not installed ({error})\n"
            f"  Install it: {install_command('postgresql')}"
        ) from None
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _configure)
        event.listen(engine, "begin", _begin)
    return engine


def _configure(connection: Any, _record: Any) -> None:
    """SQLite enforces foreign keys only when asked; transactions are begun by `_begin`, not by the driver."""
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = ON")


def _begin(connection: Connection) -> None:
    """A writer takes the write lock first: two that read and then wrote would otherwise refuse each other."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _write_ahead(engine: Engine) -> None:
    """Let readers read while one process writes.

    The mode is kept in the file, so it is set once; setting it needs the file alone, and SQLite does not wait for
    that by itself.
    """
    deadline = time.monotonic() + BUSY_TIMEOUT_S
    while not _switched_to_wal(engine, patient=time.monotonic() < deadline):
        time.sleep(_RETRY_S)


def _switched_to_wal(engine: Engine, *, patient: bool) -> bool:
    try:
        # outside a transaction, which is the only place where the mode can change
        with closing(engine.raw_connection()) as connection:
            cursor = connection.cursor()
            cursor.execute("PRAGMA journal_mode")
            if cursor.fetchone() != ("wal",):
                cursor.execute("PRAGMA journal_mode = WAL")
    except sqlite3.DatabaseError as error:
        if patient and "locked" in str(error):
            return False
        raise DBAPIError("PRAGMA journal_mode", None, error) from error
    return True
