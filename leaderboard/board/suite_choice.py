"""Selection of a suite, shared by pages that compare subjects: subjects of different suites are not compared."""

from collections.abc import Sequence

import streamlit as st

from leaderboard.board import url_state
from leaderboard.board.translations import text

KEY = "suite"


def choose_suite(suites: Sequence[str]) -> str:
    """Show a selection if there are several suites, and return the selected name; empty without any suite.

    Args:
        suites: names of the tables of the store.
    """
    if len(suites) < 2:  # noqa: PLR2004 - nothing to choose
        return next(iter(suites), "")
    st.selectbox(
        text("board.suite"), list(suites), key=url_state.choice(KEY, suites, stays=True), help=text("board.suite_help")
    )
    return str(url_state.value(KEY))
