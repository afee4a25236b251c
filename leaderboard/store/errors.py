"""Errors of stores: database errors with a cause and a remedy for the user."""

from enum import StrEnum

from sqlalchemy import URL, Engine
from sqlalchemy.exc import DBAPIError

from leaderboard.errors import LeaderboardError, RequestError
from leaderboard.redaction import redacted

_REMEDIES = {
    "file is not a database": "it is not an SQLite database; name another file with --store, or move this one away",
    "unable to open database file": "it cannot be opened; check that the folder exists and is writable",
    "readonly database": "it is not writable; check its permissions and those of its folder",
    "disk image is malformed": "the file is damaged; restore a copy, or name another file with --store",
    "disk I/O error": "the file or its disk is damaged; restore a copy, or name another file with --store",
    "too big": "it holds a value larger than any that this program writes; name another file with --store",
    "interrupted": "reading it takes longer than its size explains; it is damaged: name another file with --store",
    "Could not decode to UTF-8": "it holds text that is not UTF-8; restore a copy, or name another file with --store",
    "malformed database schema": "its schema is damaged; restore a copy, or name another file with --store",
    "disk is full": "the disk is full; free some space and start again: recorded results are kept",
}
_BUSY = "database is locked"


class UnreadableReason(StrEnum):
    """Reason why this program does not read a database."""

    FOREIGN = "foreign"
    NEWER = "newer"
    OLDER = "older"


class UnreadableStoreError(RequestError):
    """A database of another program or of another version."""

    def __init__(self, message: str, why: UnreadableReason) -> None:
        """Keep the reason for callers with their own message."""
        super().__init__(message)
        self.why = why


class BusyStoreError(LeaderboardError):
    """A database that another program locks."""


class DamagedStoreError(LeaderboardError):
    """A store with invalid rows: damaged or forged."""


class NotStorableError(LeaderboardError):
    """A value that no column can hold; the database is intact, and other values can be stored."""


class StoreLostError(LeaderboardError):
    """A database that was deleted, moved or replaced while it was in use; later writes are lost."""


def store_text(engine: Engine) -> str:
    """Return the URL of a store for messages, without its password."""
    return url_text(engine.url)


def url_text(url: URL) -> str:
    """Return a URL for messages; SQLAlchemy hides its password, but not those among its parameters."""
    return redacted(url.render_as_string(hide_password=True))


def store_error(engine: Engine, error: DBAPIError | UnicodeDecodeError) -> LeaderboardError:
    """Return the error for a failure of the database, with its cause and a remedy."""
    if isinstance(error, UnicodeDecodeError):  # SQLite quotes a damaged schema in its message, letter by letter
        return RequestError(f"{store_text(engine)}: {_REMEDIES['malformed database schema']}")
    message = str(error.orig).strip()
    if _BUSY in message:
        return BusyStoreError(f"{store_text(engine)}: another program locks it; try again when it has ended")
    for symptom, remedy in _REMEDIES.items():
        if symptom in message:
            return RequestError(f"{store_text(engine)}: {remedy}")
    first = message.splitlines()[0] if message else type(error.orig)
    return RequestError(f"{store_text(engine)}: database error: {first}")
