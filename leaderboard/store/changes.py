"""Whether anything was written since one last looked, so that what was read can be kept until then."""

import threading
from contextlib import closing

from sqlalchemy import Engine, create_engine, make_url, text

from leaderboard.store.database import reading_connection


class Changes:
    """Watches one database through a connection of its own; safe to ask from several threads.

    SQLite counts the commits that others made since a connection was opened (`PRAGMA data_version`). PostgreSQL numbers
    the transactions that write, of the whole server: a write elsewhere there counts too, which costs a reading alone.
    """

    def __init__(self, url: str) -> None:
        """Begin to watch.

        Args:
            url: of an existing store, with its password.
        """
        parsed = make_url(url)
        self._lock = threading.Lock()
        self._file = reading_connection(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None
        self._engine: Engine | None = None if self._file else create_engine(parsed, pool_pre_ping=True)

    def version(self) -> int:
        """A number that differs from the one before as soon as somebody wrote.

        Raises:
            sqlite3.Error, sqlalchemy.exc.DBAPIError: when the database can no longer be asked.
        """
        with self._lock:
            if self._file is not None:
                with closing(self._file.execute("PRAGMA data_version")) as found:
                    return int(found.fetchone()[0])
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
