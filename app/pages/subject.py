"""Subject: the card of one subject, with a view of each kind of observation."""

from collections.abc import Callable, Mapping

import streamlit as st

from leaderboard.board import url_state
from leaderboard.board.cached_store import board_store
from leaderboard.board.cards import answers, attributions, estimates, examples, history, latency, provenance
from leaderboard.board.cards.selection import Card, choose_subject
from leaderboard.board.translations import plain, text

VIEWS: Mapping[str, Callable[[Card], None]] = {
    "card": estimates.show,
    "origin": provenance.show,
    "history": history.show,
    "answers": answers.show,
    "times": latency.show,
    "words": attributions.show,
    "examples": examples.show,
}


def main() -> None:
    """Show the subject and the view of the URL."""
    st.title(text("subject.title"), anchor=False)
    card = choose_subject(board_store(searches=True))
    results = card.results
    st.caption(text("subject.summary", model=plain(results.model.name), recipe=plain(results.recipe.name)))
    if not results.evaluations:
        st.info(text("subject.only_searched"))
    key = url_state.choice("view", VIEWS)
    st.segmented_control(
        text("subject.view"),
        list(VIEWS),
        format_func=lambda name: text(f"subject.views.{name}"),
        key=key,
        required=True,
        label_visibility="collapsed",
    )
    VIEWS[url_state.value(key)](card)


main()
