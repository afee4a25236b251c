"""The numbers of a subject: its axes, and every estimate or why there is none."""

import streamlit as st

from leaderboard.board import address
from leaderboard.board.cards.asked import Card, known_definitions
from leaderboard.board.drawn import draw
from leaderboard.board.figures.card import axes_figure
from leaderboard.board.frames import subject as frames
from leaderboard.board.opening import remembered
from leaderboard.board.text import plain, text
from leaderboard.ranking.normalise import task_anchors
from leaderboard.store.frames import estimates_frame

_estimates = remembered(estimates_frame)
_HEIGHT = 560


def show(card: Card) -> None:
    """The axes as a figure and the estimates as a table."""
    if not card.portions:
        st.info(text("subject.no_estimates"))
        return
    portion = card.portions[0]
    if len(card.portions) > 1:
        key = address.choice("portion", card.portions)
        st.segmented_control(
            text("subject.portion"),
            card.portions,
            format_func=lambda each: text(f"subject.portions.{each}"),
            key=key,
            required=True,
        )
        portion = address.value(key)
    rows = _estimates(card.store, subjects=[card.results.identity], portions=[portion])
    if rows.empty:
        st.info(text("subject.no_estimates"))
        return
    axes = frames.axes_frame(rows, task_anchors(known_definitions(card.store)))
    draw(
        axes_figure(axes, _words, lambda axis: text(f"board.axes.{axis}")),
        "axes",
        alt=", ".join(_said(row) for row in axes.to_dict("records")),
    )
    st.caption(text("subject.utility_note"))
    for note in frames.notes(rows):
        st.warning(plain(note))
    headlines = st.toggle(text("subject.headlines"), key=address.switch("headlines"))
    shown = frames.estimates(rows, headlines=headlines)
    told = ("axis", "task", "metric", "value", "n", "reason", "counts", "environment", "at")
    st.dataframe(
        shown,
        hide_index=True,
        height="content" if len(shown) <= _HEIGHT // 35 else _HEIGHT,
        column_order=told,
        column_config={name: text(f"subject.columns.{name}") for name in told},
    )


def _words(name: str) -> str:
    return text(f"subject.card.{name}")


def _said(row: dict[object, object]) -> str:
    value = row["utility"]
    known = isinstance(value, float) and value == value  # noqa: PLR0124 - NaN is not itself
    return f"{text('board.axes.' + str(row['axis']))} {f'{value:.2f}' if known else text('subject.card.not_measured')}"
