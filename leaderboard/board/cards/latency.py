"""Latency of a subject's answers."""

import streamlit as st

from leaderboard.board.cards.selection import Card, choose_task, observations
from leaderboard.board.figures.latency import latency_figure
from leaderboard.board.frames.latencies import latencies, quantiles
from leaderboard.board.frames.observations import ObservationKind
from leaderboard.board.theme import draw
from leaderboard.board.translations import plain, text
from leaderboard.quantities import UNKNOWN, quantity


def show(card: Card) -> None:
    """Show the distribution of the latencies of one task."""
    chosen = choose_task(card, ObservationKind.TIMES)
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
