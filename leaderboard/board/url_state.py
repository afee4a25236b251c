"""State of a page in the URL, so that a view can be shared, bookmarked and returned to.

    st.slider(label, 0.0, 4.0, step=0.5, key=url_state.number("accuracy", 1.0, low=0.0, high=4.0))
    st.selectbox(label, options, format_func=…, key=url_state.choice("x", options))
    st.multiselect(label, options, key=url_state.several("subjects", options, stays=True))
    st.toggle(label, key=url_state.switch("raw"))
    st.text_input(label, key=url_state.string("search"))
    url_state.value("x"), url_state.put("x", other)        # read it; change it before its widget is created

Each function returns the key of its widget, whose value is that of the URL if it is valid, else the default; so a
widget takes no default of its own. The URL contains options, not their labels, and is the same in every language
(Streamlit's `bind="query-params"` writes the labels). A default is not written into the URL; an invalid value is
ignored with a message. On another page a choice starts anew unless it `stays`.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

import streamlit as st

from leaderboard.board.translations import LANGUAGE, language, plain, text

_LAST_URL, _PERSISTENT = "url: last", "url: persistent"
_LONGEST = 300
"""Largest number of characters of free text in a URL."""
Parse = Callable[[list[str]], Any]
Serialize = Callable[[Any], list[str]]


class Addresses(Protocol):
    """How options are written in the URL, where their own text does not do."""

    def write(self, option: str, /) -> str:
        """Return the text of an option."""

    def read(self, written: str, /) -> str:
        """Return the option of a text; an error that is neither a ValueError nor a LookupError ends the page."""


def choice(
    name: str,
    options: Iterable[Any],
    default: Any = None,
    *,
    stays: bool = False,
    addresses: Addresses | None = None,
) -> str:
    """Return the key of a widget for one of the options; the first is the default unless another is named."""
    by_text = {str(option): option for option in options}
    start = default if default is not None else next(iter(by_text.values()), None)
    read, write = _addressed(by_text, addresses)
    return _synchronized(
        name,
        start,
        lambda texts: read(texts[-1]),
        lambda chosen: [] if chosen is None else [write(chosen)],
        valid=lambda chosen: chosen is None or str(chosen) in by_text,
        stays=stays,
    )


def several(
    name: str,
    options: Iterable[Any],
    default: Sequence[Any] = (),
    *,
    stays: bool = False,
    addresses: Addresses | None = None,
) -> str:
    """Return the key of a widget for some of the options, in the order of selection."""
    by_text = {str(option): option for option in options}
    read, write = _addressed(by_text, addresses)
    return _synchronized(
        name,
        list(default),
        lambda texts: [read(each) for each in texts if each],
        lambda chosen: [write(each) for each in chosen] or [""],  # none at all is a choice too
        valid=lambda chosen: all(str(each) in by_text for each in chosen),
        stays=stays,
    )


def number(name: str, default: float, *, low: float, high: float, stays: bool = False) -> str:
    """Return the key of a widget for a number between two ends, of the type of the default."""

    def parse(texts: list[str]) -> float:
        parsed = type(default)(texts[-1])
        if not math.isfinite(parsed) or not low <= parsed <= high:
            raise ValueError(texts[-1])
        return parsed

    return _synchronized(name, default, parse, lambda chosen: [f"{chosen:g}"], stays=stays)


def switch(name: str, default: bool = False, *, stays: bool = False) -> str:
    """Return the key of a widget that is on or off."""
    return _synchronized(
        name, default, lambda texts: {"1": True, "0": False}[texts[-1]], lambda on: [str(int(on))], stays=stays
    )


def string(name: str, default: str = "", *, stays: bool = False) -> str:
    """Return the key of a widget for free text."""
    return _synchronized(name, default, lambda texts: texts[-1][:_LONGEST], lambda typed: [typed], stays=stays)


def value(name: str) -> Any:
    """Return the value of a widget on this page."""
    return st.session_state[name]


def put(name: str, chosen: Any) -> None:
    """Set the value of a widget, for instance in the callback of a button."""
    st.session_state[name] = chosen


def link(**values: object) -> dict[str, list[str]]:
    """Return the query parameters of a link to another page, with the language."""
    chosen = {LANGUAGE: language(), **values}
    return {
        name: [str(each) for each in (value if isinstance(value, list | tuple) else [value])]
        for name, value in chosen.items()
    }


def _addressed(
    by_text: Mapping[str, Any], addresses: Addresses | None
) -> tuple[Callable[[str], Any], Callable[[Any], str]]:
    """Return how an option is read from the URL and written into it; an option's own text is always read."""
    if addresses is None:
        return by_text.__getitem__, str
    return lambda written: by_text[written] if written in by_text else addresses.read(written), addresses.write


def _synchronized(
    name: str,
    default: Any,
    parse: Parse,
    serialize: Serialize,
    *,
    valid: Callable[[Any], bool] = lambda _chosen: True,
    stays: bool,
) -> str:
    """Read the session's value from the URL, write it back into the URL, and return the key of both."""
    last_url, persistent = _session(_LAST_URL), _session(_PERSISTENT)
    in_url = st.query_params.get_all(name)
    # by hand, by a link, or back in the history; what stays may be missing because another page was left
    moved = in_url != last_url.get(name, []) and (bool(in_url) or not stays)
    if moved:
        try:
            st.session_state[name] = parse(in_url) if in_url else default
        except (ValueError, LookupError):
            st.toast(text("board.ignored", name=plain(name), value=plain(" ".join(in_url)[:60])), duration="long")
    if name not in st.session_state:
        st.session_state[name] = persistent.get(name, default)
    if not valid(st.session_state[name]):
        st.session_state[name] = default
    chosen = st.session_state[name]
    if stays:
        persistent[name] = chosen
    texts = [] if chosen == default else serialize(chosen)
    if texts != in_url:
        if texts:
            st.query_params[name] = texts
        else:
            del st.query_params[name]
    last_url[name] = texts
    return name


def _session(name: str) -> dict[str, Any]:
    values: dict[str, Any] = st.session_state.setdefault(name, {})
    return values
