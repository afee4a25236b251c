"""Subject: the card of one subject, and a view of each thing that was kept of it."""

from collections.abc import Callable, Mapping

import streamlit as st

from leaderboard.board import address
from leaderboard.board.cards import answers, examples, history, numbers, origin, times, words
from leaderboard.board.cards.asked import Card, choose_subject
from leaderboard.board.opening import stored
from leaderboard.board.text import plain, text

VIEWS: Mapping[str, Callable[[Card], None]] = {
    "card": numbers.show,
    "origin": origin.show,
    "history": history.show,
    "answers": answers.show,
    "times": times.show,
    "words": words.show,
    "examples": examples.show,
}


def main() -> None:
    """Show the subject that the address names, in the view that it names."""
    st.title(text("subject.title"), anchor=False)
    card = choose_subject(stored(searches=True))
    made = card.results
    st.caption(text("subject.summary", model=plain(made.model.name), recipe=plain(made.recipe.name)))
    if not made.evaluations:
        st.info(text("subject.only_searched"))
    key = address.choice("view", VIEWS)
    st.segmented_control(
        text("subject.view"),
        list(VIEWS),
        format_func=lambda name: text(f"subject.views.{name}"),
        key=key,
        required=True,
        label_visibility="collapsed",
    )
    VIEWS[address.value(key)](card)


main()
