"""Figures and texts of a page in its theme, light or dark."""

from typing import TYPE_CHECKING

import streamlit as st

from leaderboard.board.figures.themed_figure import themed
from leaderboard.board.translations import plain

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


def is_dark() -> bool:
    """Return whether the page is dark; False until the browser reports it."""
    return st.context.theme.type == "dark"


def draw(figure: "Figure", key: str, *, alt: str = "") -> None:
    """Show a figure with its title above and its note below, as text.

    Args:
        figure: a figure of the reports or the board; it is not changed.
        key: unique on the page.
        alt: description for screen readers; the title if empty.
    """
    themed_figure = themed(figure, dark=is_dark())
    if themed_figure.title:
        st.markdown(f"**{plain(themed_figure.title)}**")
    st.plotly_chart(
        themed_figure.figure, theme=None, key=key, config={"displaylogo": False}, alt=alt or themed_figure.title or None
    )
    if themed_figure.note:
        st.caption(plain(themed_figure.note))
