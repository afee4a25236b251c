"""How a subject's numbers went over time, among the other subjects of its model's name."""

import streamlit as st

from leaderboard.board import address
from leaderboard.board.cards.asked import Card
from leaderboard.board.drawn import draw
from leaderboard.board.figures.card import history_figure
from leaderboard.board.frames import subject as frames
from leaderboard.board.opening import remembered
from leaderboard.board.text import plain, text
from leaderboard.store.frames import estimates_frame
from leaderboard.store.lineage import relatives

_estimates = remembered(estimates_frame)
_relatives = remembered(relatives)
_FEWEST = 2


def show(card: Card) -> None:
    """One number over time, and the list of the subject's own evaluations."""
    model = card.results.model.name
    st.caption(text("subject.history.note", model=plain(model)))
    _follow(card, model)
    st.subheader(text("subject.history.evaluations"), anchor=False)
    told = frames.EVALUATION_COLUMNS
    st.dataframe(
        frames.evaluations(card.evaluated),
        hide_index=True,
        column_config={
            name: st.column_config.NumberColumn(text(f"subject.columns.{name}"), format="%.1f")
            if name == "seconds"
            else text(f"subject.columns.{name}")
            for name in told
        },
    )


def _follow(card: Card, model: str) -> None:
    family = _relatives(card.store, model)
    rows = _estimates(card.store, subjects=sorted(each.identity for each in family))
    numbers = frames.headlines_of(rows)
    if not numbers:
        st.info(text("subject.history.none"))
        return
    number = st.selectbox(text("subject.history.number"), numbers, key=address.choice("number", numbers))
    found = frames.history(rows, family, number)
    draw(history_figure(found, lambda name: text(f"subject.history.{name}")), "history")
    if len(found) < _FEWEST:
        st.info(text("subject.history.alone"))
    found = found.assign(shown=[frames.value_text(row) for row in found.to_dict("records")])
    told = ("at", "subject", "revision", "recipe", "seed", "shown", "n", "environment")
    st.dataframe(
        found.iloc[::-1],
        hide_index=True,
        column_order=told,
        column_config={name: text(f"subject.columns.{'value' if name == 'shown' else name}") for name in told},
    )
