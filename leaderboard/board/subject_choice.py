"""Widgets that choose subjects by identity; a link that names none, or several, ends the page with the candidates."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from typing import NoReturn

import streamlit as st

from leaderboard.board import url_state
from leaderboard.board.cached_store import cached
from leaderboard.board.subject_options import SubjectOptions, UnresolvedSubjectError
from leaderboard.board.translations import plain, text
from leaderboard.store.repository import Store
from leaderboard.store.subject_history import board_subjects

MAX_CANDIDATES = 10


def _options(store: Store) -> SubjectOptions:
    return SubjectOptions.single({identity: label for label, identity in board_subjects(store).items()})


subject_options = cached(_options)


def subject_key(options: SubjectOptions, name: str = "subject", *, none: bool = False, stays: bool = False) -> str:
    """Return the key of a widget for the identity of one subject.

    Args:
        options: the subjects.
        name: parameter of the URL.
        none: whether the widget's first option is "", no subject.
        stays: whether the choice is kept on other pages.
    """
    identities = [""] * none + list(options.labels)
    with _resolved(options, name):
        return url_state.choice(name, identities, stays=stays, addresses=options)


def subjects_key(
    options: SubjectOptions, name: str = "subject", default: Sequence[str] = (), *, stays: bool = False
) -> str:
    """Return the key of a widget for the identities of some subjects (see `subject_key`)."""
    with _resolved(options, name):
        return url_state.several(name, options.labels, default, stays=stays, addresses=options)


def require_subjects(options: SubjectOptions, name: str = "subject") -> None:
    """End the page if the URL names a subject that is not among the options, for instance since it was deleted."""
    with _resolved(options, name):
        for written in st.query_params.get_all(name):
            options.read(written)


@contextmanager
def _resolved(options: SubjectOptions, name: str) -> Iterator[None]:
    try:
        yield
    except UnresolvedSubjectError as error:
        _stop(error, options, name)


def _stop(error: UnresolvedSubjectError, options: SubjectOptions, name: str) -> NoReturn:
    """Show what a link does not name and the subjects that it may mean, and end the page."""
    kind = "several" if error.candidates else "none"
    st.warning(text(f"board.unresolved.{kind}", name=plain(error.written[:200])), icon=":material/link_off:")
    identities = list(error.candidates) or [
        options.identities[label] for label in get_close_matches(error.written, options.identities, MAX_CANDIDATES, 0.3)
    ]
    if identities:
        st.caption(text("board.unresolved.candidates"))
    for identity in identities[:MAX_CANDIDATES]:
        if st.button(plain(f"{options.labels[identity]} · {identity[:12]}"), key=f"unresolved: {identity}"):
            others = [each for each in st.query_params.get_all(name) if each != error.written]
            st.query_params[name] = [*others, options.write(identity)]
            st.rerun()
    if st.button(text("board.unresolved.clear"), icon=":material/restart_alt:"):
        del st.query_params[name]
        st.session_state.pop(name, None)
        st.rerun()
    st.stop()
