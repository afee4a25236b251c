"""Opening of stores: SQLite files by default, PostgreSQL by URL, migrated to this program's schema."""

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

from leaderboard.bounded_json import parse_storable_json
from leaderboard.errors import LeaderboardError, RequestError
from leaderboard.installing import install_command
from leaderboard.redaction import keep_url_secret
from leaderboard.settings import user_path
from leaderboard.store.errors import DamagedStoreError, store_error, url_text
from leaderboard.store.repository import Store
from leaderboard.store.schema import check_content, check_layout, check_readable, migrate
from leaderboard.store.sqlite_guards import StatementBudget, check_file, guard
from leaderboard.visible_text import writable, writable_in

BUSY_TIMEOUT_S = 30.0
READING_TIMEOUT_S = 3.0
"""Seconds after which a waiting page would look broken."""
_RETRY_S = 0.05
_BUDGET = "budget"
_BOUNDED = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""Timeouts of libpq: seconds to connect and between probes, milliseconds until sent data is acknowledged."""
_SECRET = re.compile(r"//.*@")
"""User and password in an invalid URL."""
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
"""Escape of a surrogate, paired or not."""
_FILE_ENDINGS = (".db", ".sqlite", ".sqlite3")
_VALID = "FOLDER/FILE.db, sqlite:///FOLDER/FILE.db or postgresql://USER:PASSWORD@HOST/DATABASE"


def open_store(url: str) -> Store:
    """Open the store at a URL, create it where it does not exist, and migrate its schema.

    Raises:
        RequestError: for an invalid URL, a location that is not writable, a file that is not a database, a database of
            another program, or one that a newer leaderboard wrote.
    """
    parsed = _parsed(url)
    if parsed.get_backend_name() == "sqlite":
        _make_room(parsed)
        check_file(Path(parsed.database or ""), display_url(url))
    engine = _engine(parsed)
    try:
        check_layout(engine)
        if engine.dialect.name == "sqlite":
            _write_ahead(engine)
        migrate(engine)
        check_content(engine)
    except (DBAPIError, UnicodeDecodeError) as error:
        engine.dispose()
        raise store_error(engine, error) from None
    except LeaderboardError:
        engine.dispose()
        raise
    return Store(engine)


def open_existing(url: str) -> Store | None:
    """Open the store at a URL; None where the file does not exist, which is not created.

    Raises:
        RequestError: as `open_store` does.
    """
    file = sqlite_file(url)
    return None if file is not None and not file.exists() else open_store(url)


def open_for_reading(url: str) -> Store | None:
    """Open the store at a URL through read-only connections; None where nothing was ever stored.

    SQLite opens the file read-only, and PostgreSQL every transaction: nothing is created, switched or migrated.

    Raises:
        UnreadableStoreError: for a database of another program, or one with the schema of another version.
        BusyStoreError: while another program locks it.
        RequestError: for an invalid URL, or a file that is not a database.
    """
    file = sqlite_file(url)
    if file is not None:
        if not file.exists():
            return None
        check_file(file, display_url(url))
    engine = _engine(_parsed(url), reading=True)
    try:
        check_layout(engine)
        if check_readable(engine):
            check_content(engine)
            return Store(engine)
    except (DBAPIError, UnicodeDecodeError) as error:
        engine.dispose()
        raise store_error(engine, error) from None
    except LeaderboardError:
        engine.dispose()
        raise
    engine.dispose()
    return None


def reading_connection(file: str) -> sqlite3.Connection:
    """Open a read-only connection to an SQLite file, for use from any thread, one at a time.

    Raises:
        sqlite3.OperationalError: for a file that cannot be opened.
    """
    place = Path(file).resolve()
    # Nobody can write to a read-only folder, where SQLite itself would try to create its auxiliary files.
    frozen = "&immutable=1" if not os.access(place.parent, os.W_OK) and not Path(f"{place}-wal").exists() else ""
    connection = sqlite3.connect(
        f"{place.as_uri()}?mode=ro{frozen}",
        uri=True,
        timeout=READING_TIMEOUT_S,
        isolation_level=None,
        check_same_thread=False,
    )
    guard(connection, str(place))
    return connection


def display_url(url: str) -> str:
    """Return the URL of a store for display, without its password."""
    return url_text(_parsed(url))


def sqlite_file(url: str) -> Path | None:
    """Return the file of a store by its URL or path; None for a store on a server.

    Raises:
        RequestError: for an invalid URL.
    """
    parsed = _parsed(url)
    return Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None


def absolute_url(url: str) -> str:
    """Return the URL of a store for a process in another working directory.

    Raises:
        RequestError: for an invalid URL.
    """
    file = sqlite_file(url)
    if file is None:
        return url
    path = str(file.absolute())
    return path if path.endswith(_FILE_ENDINGS) or Path(path).is_file() else f"sqlite:///{path}"


def _parsed(url: str) -> URL:
    """Parse the URL of a store, or the path of an SQLite file, which is taken literally."""
    try:
        url.encode()
    except UnicodeEncodeError:  # SQLAlchemy cannot write such a name, not even in a message
        name = url.encode(errors="backslashreplace").decode()
        raise RequestError(f"--store {name}: its name is not UTF-8\n  Valid: {_VALID}") from None
    keep_url_secret(url)
    if "://" not in url and (url.endswith(_FILE_ENDINGS) or user_path(url).is_file()):
        return URL.create("sqlite", database=str(user_path(url)))
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        url = _SECRET.sub("//***@", url)
        hint = "" if "://" in url or not url.strip() else f"\n  Did you mean '{url}.db'?"
        raise RequestError(f"--store {url}: not a database URL\n  Valid: {_VALID}{hint}") from None
    if parsed.password and "@" in f"{parsed.host or ''}{parsed.database or ''}":
        raise RequestError(
            f"--store {_SECRET.sub('//***@', url)}: more than one '@' before the host\n"
            "  In a password, write '@' as %40 and '/' as %2F."
        )
    if parsed.get_backend_name() not in {"sqlite", "postgresql"}:
        raise RequestError(f"--store {parsed.get_backend_name()}://…: unknown kind of database\n  Valid: {_VALID}")
    if parsed.get_backend_name() == "sqlite":
        if parsed.host or parsed.port or parsed.username or parsed.password:
            raise RequestError(
                f"--store {_SECRET.sub('//***@', url)}: an SQLite URL has three slashes and the path of a file\n"
                f"  Valid: {_VALID}"
            )
        if (parsed.database or ":memory:") == ":memory:":
            raise RequestError(f"--store {url}: a store in memory is not supported; name a file\n  Valid: {_VALID}")
        if "?" in url:
            raise RequestError(
                f"--store {url}: an SQLite URL has no options after '?'\n"
                "  For a file name with '?', use its path without sqlite:///"
            )
        return parsed.set(database=str(user_path(parsed.database or "")))
    return parsed


def _make_room(url: URL) -> None:
    file = Path(url.database or "")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RequestError(f"--store {url}: cannot create the folder {file.parent}: {error.strerror}") from None
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
            # JSON has no NaN: refusing it here keeps it out of every column
            json_serializer=_written,
            json_deserializer=_json_cell,
        )
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise RequestError(
            f"--store {url_text(url)}: its driver is not installed ({error})\n"
            f"  Install it: {install_command('postgresql')}"
        ) from None
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", partial(_configure, file=url.database or ""))
        event.listen(engine, "begin", _begin)
        event.listen(engine, "before_cursor_execute", _renew)
    return engine


def _written(value: Any) -> str:
    """Serialise a JSON column; text of a model may hold half a surrogate pair."""
    return writable(json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":")))


def _configure(connection: Any, record: Any, *, file: str) -> None:
    """Configure an SQLite connection: enforce foreign keys, and leave transactions to `_begin`."""
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = ON")
    record.info[_BUDGET] = guard(connection, file)


def _renew(connection: Connection, *_: Any) -> None:
    """Give each statement its own budget."""
    budget: StatementBudget = connection.connection.info[_BUDGET]
    budget.renew()


def _json_cell(content: Any) -> Any:
    """Parse the value of a JSON column, which is untrusted input: SQLite may return a number.

    Half a surrogate pair may be there as an escape; no file could hold it, so it is replaced.
    """
    text = str(content)
    try:
        value = parse_storable_json(text)
    except ValueError as error:
        raise DamagedStoreError(
            f"the store is damaged: a value cannot be read as JSON: {error}\n"
            "  Restore a copy, or name another store with --store"
        ) from None
    return writable_in(value) if _SURROGATE.search(text) else value


def _begin(connection: Connection) -> None:
    """Begin a transaction; a writer takes the write lock first, since two upgrading readers would both fail."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _write_ahead(engine: Engine) -> None:
    """Switch an SQLite file to write-ahead logging, so that readers read while one process writes.

    The mode is stored in the file, so it is set once; setting it needs exclusive access, for which SQLite does not wait
    by itself.
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
