"""How long a subject's answers took."""

import streamlit as st

from leaderboard.board.cards.asked import Card, choose_task, observations
from leaderboard.board.drawn import draw
from leaderboard.board.figures.timing import latency_figure
from leaderboard.board.frames.latencies import latencies, quantiles
from leaderboard.board.frames.seen import Kept
from leaderboard.board.text import plain, text
from leaderboard.quantities import UNKNOWN, quantity


def show(card: Card) -> None:
    """The distribution of the times of one task."""
    chosen = choose_task(card, Kept.TIMES)
    if chosen is None:
        return
    _, evaluated = chosen
    timed = latencies(observations(card.store, evaluated.evaluation.identity))
    draw(latency_figure(timed, quantiles(timed), lambda name: text(f"subject.times.{name}")), "latency")
    reference, load = timed["reference_seconds"].median(), timed["load"].median()
    st.caption(
        text(
            "subject.times.note",
            n=len(timed),
            reference=UNKNOWN if reference != reference else plain(quantity(reference, None, None, "seconds")),  # noqa: PLR0124
            load=UNKNOWN if load != load else plain(f"{load:.2f}"),  # noqa: PLR0124 - NaN is not itself
        )
    )
    st.caption(plain(evaluated.device))
