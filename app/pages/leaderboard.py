"""Leaderboard: subjects by weighted utility, ranked again as the weights move."""

import streamlit as st

from leaderboard.axes.metric import Axis
from leaderboard.board import address
from leaderboard.board.frames import leaderboard as frames
from leaderboard.board.opening import stored
from leaderboard.board.text import text


def main() -> None:
    """Show the table beside its weights."""
    st.title(text("leaderboard.title"), anchor=False)
    store = stored()
    with st.sidebar:
        weights = {
            axis: st.slider(
                text(f"board.axes.{axis}"), 0.0, 4.0, step=0.5, key=address.number(axis.value, 1.0, low=0.0, high=4.0)
            )
            for axis in Axis
        }
    st.dataframe(frames.ranking(store, weights), hide_index=True)


main()
