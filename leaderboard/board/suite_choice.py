"""The choice of a suite, which pages that compare subjects share: subjects of several are not compared."""

from collections.abc import Sequence

import streamlit as st

from leaderboard.board import address
from leaderboard.board.text import text

KEY = "suite"


def choose_suite(suites: Sequence[str]) -> str:
    """Draw the choice where there are several suites; the name of the one that is chosen, empty where there is none.

    Args:
        suites: names of the tables of the store.
    """
    if len(suites) < 2:  # noqa: PLR2004 - nothing to choose
        return next(iter(suites), "")
    st.selectbox(
        text("board.suite"), list(suites), key=address.choice(KEY, suites, stays=True), help=text("board.suite_help")
    )
    return str(address.value(KEY))
