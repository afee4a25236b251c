"""What a database complains about, told to the person who named it."""

from enum import StrEnum

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from leaderboard.errors import LeaderboardError, RequestError

_REMEDIES = {
    "file is not a database": "it is not an SQLite database; name another file with --store, or move this one away",
    "unable to open database file": "it cannot be opened; check that the folder exists and may be written to",
    "readonly database": "it may not be written to; check its permissions and those of its folder",
    "disk image is malformed": "the file is damaged; restore a copy, or name another file with --store",
    "disk I/O error": "the file or its disk is damaged; restore a copy, or name another file with --store",
    "disk is full": "the disk is full; make room and start again: what was recorded is kept",
}
_BUSY = "database is locked"


class Unreadable(StrEnum):
    """Why a database is not one that this program reads."""

    FOREIGN = "foreign"
    NEWER = "newer"
    OLDER = "older"


class UnreadableStoreError(RequestError):
    """A database that is another program's, or another release's."""

    def __init__(self, message: str, why: Unreadable) -> None:
        """Say it, and keep why for those who tell it in their own words."""
        super().__init__(message)
        self.why = why


class BusyStoreError(LeaderboardError):
    """A database that another program keeps locked."""


class NotStorableError(LeaderboardError):
    """A value that no column can hold: the database is well, and other values can be kept."""


class StoreLostError(LeaderboardError):
    """A database that was deleted, moved or replaced while it was in use: what was written since is nowhere."""


def place(engine: Engine) -> str:
    """The store's URL for people, without its password."""
    return engine.url.render_as_string(hide_password=True)


def explained(engine: Engine, error: DBAPIError) -> LeaderboardError:
    """One message for a failure of the database: what is the matter and what to do."""
    said = str(error.orig).strip()
    if _BUSY in said:
        return BusyStoreError(f"{place(engine)}: another program keeps it locked; try again when that has ended")
    for symptom, remedy in _REMEDIES.items():
        if symptom in said:
            return RequestError(f"{place(engine)}: {remedy}")
    return RequestError(f"{place(engine)}: the database says: {said.splitlines()[0] if said else type(error.orig)}")
