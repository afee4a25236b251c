"""History of a subject's numbers, with the other subjects of the same model name."""

import streamlit as st

from leaderboard.board import url_state
from leaderboard.board.cached_store import cached
from leaderboard.board.cards.selection import Card
from leaderboard.board.figures.subject_card import history_figure
from leaderboard.board.frames import subject as frames
from leaderboard.board.theme import draw
from leaderboard.board.translations import plain, text
from leaderboard.store.frames import estimates_frame
from leaderboard.store.subject_history import related_subjects

_estimates = cached(estimates_frame)
_relatives = cached(related_subjects)
_MIN_POINTS = 2


def show(card: Card) -> None:
    """Show one number over time, and the list of the subject's own evaluations."""
    model = card.results.model.name
    st.caption(text("subject.history.note", model=plain(model)))
    _show_number(card, model)
    st.subheader(text("subject.history.evaluations"), anchor=False)
    columns = frames.EVALUATION_COLUMNS
    st.dataframe(
        frames.evaluations(card.evaluated),
        hide_index=True,
        column_config={
            name: st.column_config.NumberColumn(text(f"subject.columns.{name}"), format="%.1f")
            if name == "seconds"
            else text(f"subject.columns.{name}")
            for name in columns
        },
    )


def _show_number(card: Card, model: str) -> None:
    family = _relatives(card.store, model)
    rows = _estimates(card.store, subjects=sorted(each.identity for each in family))
    numbers = frames.headlines_of(rows)
    if not numbers:
        st.info(text("subject.history.none"))
        return
    number = st.selectbox(text("subject.history.number"), numbers, key=url_state.choice("number", numbers))
    measurements = frames.history(rows, family, number)
    draw(history_figure(measurements, lambda name: text(f"subject.history.{name}")), "history")
    if len(measurements) < _MIN_POINTS:
        st.info(text("subject.history.alone"))
    measurements = measurements.assign(shown=[frames.value_text(row) for row in measurements.to_dict("records")])
    columns = ("at", "subject", "revision", "recipe", "seed", "shown", "n", "environment")
    st.dataframe(
        measurements.iloc[::-1],
        hide_index=True,
        column_order=columns,
        column_config={name: text(f"subject.columns.{'value' if name == 'shown' else name}") for name in columns},
    )
