"""Drawn: figures and texts of a page in its theme, light or dark."""

from typing import TYPE_CHECKING

import streamlit as st

from leaderboard.board.figures.dress import dressed
from leaderboard.board.text import plain

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


def is_dark() -> bool:
    """Whether the person's page is dark; no until the browser has told."""
    return st.context.theme.type == "dark"


def draw(figure: "Figure", key: str, *, alt: str = "") -> None:
    """Show a figure; what it found stands above it and how to read it below, as text.

    Args:
        figure: as reports or the board draw it; it may be shared, and stays as it is.
        key: unique on the page.
        alt: what it shows, for those who have it read to them; its title where nothing is said.
    """
    shown = dressed(figure, dark=is_dark())
    if shown.title:
        st.markdown(f"**{plain(shown.title)}**")
    st.plotly_chart(shown.figure, theme=None, key=key, config={"displaylogo": False}, alt=alt or shown.title or None)
    if shown.note:
        st.caption(plain(shown.note))
