"""Detection of writes to a store, so that cached results can be kept until the store changes."""

import threading
from contextlib import closing

from sqlalchemy import Engine, create_engine, make_url, text

from leaderboard.store.database import reading_connection


class ChangeDetector:
    """Watches one database through its own connection; thread-safe.

    SQLite counts the commits of other connections (`PRAGMA data_version`). PostgreSQL numbers the writing transactions
    of the whole server: a write to another database counts too, which only costs an unnecessary read.
    """

    def __init__(self, url: str) -> None:
        """Start watching.

        Args:
            url: URL of an existing store, with its password.
        """
        parsed = make_url(url)
        self._lock = threading.Lock()
        self._file = reading_connection(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None
        self._engine: Engine | None = None if self._file else create_engine(parsed, pool_pre_ping=True)

    def version(self) -> int:
        """Return a number that changes with every write to the database.

        Raises:
            sqlite3.Error, sqlalchemy.exc.DBAPIError: when the database is no longer accessible.
        """
        with self._lock:
            if self._file is not None:
                with closing(self._file.execute("PRAGMA data_version")) as cursor:
                    return int(cursor.fetchone()[0])
            if self._engine is None:
                raise ValueError("no longer watching")
            with self._engine.connect() as connection:
                return int(
                    connection.execute(text("SELECT pg_snapshot_xmax(pg_current_snapshot())::text")).scalar_one()
                )

    def close(self) -> None:
        """Stop watching."""
        with self._lock:
            if self._file is not None:
                self._file.close()
            if self._engine is not None:
                self._engine.dispose()
