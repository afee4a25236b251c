"""The address: what somebody chose stands in the URL, so that a view can be shared, kept and gone back to.

    st.slider(label, 0.0, 4.0, step=0.5, key=address.number("accuracy", 1.0, low=0.0, high=4.0))
    st.selectbox(label, options, format_func=…, key=address.choice("x", options))
    st.multiselect(label, options, key=address.several("subjects", options, stays=True))
    st.toggle(label, key=address.switch("raw"))
    st.text_input(label, key=address.words("search"))
    address.value("x"), address.put("x", other)        # read it; change it, before its widget is made

Each gives the key of the widget that it is for, whose value is the URL's where that is valid, else the default; so a
widget takes no default of its own. The URL names options by themselves, not by their labels, and is the same in every
language (why Streamlit's own `bind="query-params"` does not serve: it writes the labels). A default is left out of the
URL; a value that makes no sense is ignored, with a word. On another page a choice starts anew unless it `stays`.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import streamlit as st

from leaderboard.board.text import LANGUAGE, language, plain, text

_WRITTEN, _STAYING = "address: written", "address: staying"
_LONGEST = 300
"""Characters of free text that an address carries."""
Parse = Callable[[list[str]], Any]
Say = Callable[[Any], list[str]]


def choice(name: str, options: Iterable[Any], default: Any = None, *, stays: bool = False) -> str:
    """One of the options; the first where no default is named."""
    known = {str(option): option for option in options}
    start = default if default is not None else next(iter(known.values()), None)
    return _kept(
        name,
        start,
        lambda said: known[said[-1]],
        lambda chosen: [] if chosen is None else [str(chosen)],
        valid=lambda chosen: chosen is None or str(chosen) in known,
        stays=stays,
    )


def several(name: str, options: Iterable[Any], default: Sequence[Any] = (), *, stays: bool = False) -> str:
    """Some of the options, in the order chosen."""
    known = {str(option): option for option in options}
    return _kept(
        name,
        list(default),
        lambda said: [known[each] for each in said if each],
        lambda chosen: [str(each) for each in chosen] or [""],  # none at all is a choice too
        valid=lambda chosen: all(str(each) in known for each in chosen),
        stays=stays,
    )


def number(name: str, default: float, *, low: float, high: float, stays: bool = False) -> str:
    """A number between two ends; a whole one where the default is."""

    def parse(said: list[str]) -> float:
        read = type(default)(said[-1])
        if not math.isfinite(read) or not low <= read <= high:
            raise ValueError(said[-1])
        return read

    return _kept(name, default, parse, lambda chosen: [f"{chosen:g}"], stays=stays)


def switch(name: str, default: bool = False, *, stays: bool = False) -> str:
    """On or off."""
    return _kept(name, default, lambda said: {"1": True, "0": False}[said[-1]], lambda on: [str(int(on))], stays=stays)


def words(name: str, default: str = "", *, stays: bool = False) -> str:
    """Free text."""
    return _kept(name, default, lambda said: said[-1][:_LONGEST], lambda typed: [typed], stays=stays)


def value(name: str) -> Any:
    """What was chosen under a name on this page."""
    return st.session_state[name]


def put(name: str, chosen: Any) -> None:
    """Choose for the person, for instance in the callback of a button."""
    st.session_state[name] = chosen


def link(**values: object) -> dict[str, list[str]]:
    """Parameters of a link to another page, the language too: `st.page_link(…, query_params=address.link(x=…))`."""
    chosen = {LANGUAGE: language(), **values}
    return {
        name: [str(each) for each in (said if isinstance(said, list | tuple) else [said])]
        for name, said in chosen.items()
    }


def _kept(
    name: str,
    default: Any,
    parse: Parse,
    say: Say,
    *,
    valid: Callable[[Any], bool] = lambda _chosen: True,
    stays: bool,
) -> str:
    """Seed the session from the URL and write the session's choice into the URL; the key that both share."""
    written, staying = _session(_WRITTEN), _session(_STAYING)
    in_url = st.query_params.get_all(name)
    # by hand, by a link, or back in the history; what stays may be missing because another page was left
    moved = in_url != written.get(name, []) and (bool(in_url) or not stays)
    if moved:
        try:
            st.session_state[name] = parse(in_url) if in_url else default
        except (ValueError, LookupError):
            st.toast(text("board.ignored", name=plain(name), value=plain(" ".join(in_url)[:60])), duration="long")
    if name not in st.session_state:
        st.session_state[name] = staying.get(name, default)
    if not valid(st.session_state[name]):
        st.session_state[name] = default
    chosen = st.session_state[name]
    if stays:
        staying[name] = chosen
    said = [] if chosen == default else say(chosen)
    if said != in_url:
        if said:
            st.query_params[name] = said
        else:
            del st.query_params[name]
    written[name] = said
    return name


def _session(name: str) -> dict[str, Any]:
    kept: dict[str, Any] = st.session_state.setdefault(name, {})
    return kept
