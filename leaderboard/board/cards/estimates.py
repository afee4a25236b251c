"""The numbers of a subject: its axes, and every estimate or why it has no value."""

import streamlit as st

from leaderboard.axes.axis import Axis
from leaderboard.board import url_state
from leaderboard.board.axis_titles import with_axis_titles
from leaderboard.board.cached_store import cached
from leaderboard.board.cards import attack_curves
from leaderboard.board.cards.selection import Card, cached_definitions
from leaderboard.board.figures.subject_card import axes_figure
from leaderboard.board.frames import subject as frames
from leaderboard.board.frames.seed_means import seed_means
from leaderboard.board.theme import draw
from leaderboard.board.translations import language, plain, text
from leaderboard.ranking.utility_scale import task_anchors
from leaderboard.store.frames import estimates_frame

_estimates = cached(estimates_frame)
_seed_means = cached(seed_means)
_HEIGHT = 560


def show(card: Card) -> None:
    """Show the axes as a figure and the estimates as a table."""
    if not card.portions:
        st.info(text("subject.no_estimates"))
        return
    portion = card.portions[0]
    if len(card.portions) > 1:
        key = url_state.choice("portion", card.portions)
        st.segmented_control(
            text("subject.portion"),
            card.portions,
            format_func=lambda each: text(f"subject.portions.{each}"),
            key=key,
            required=True,
        )
        portion = url_state.value(key)
    rows = _estimates(card.store, subjects=[card.results.identity], portions=[portion])
    if rows.empty:
        st.info(text("subject.no_estimates"))
        return
    anchors = task_anchors(cached_definitions(card.store))
    axes = frames.axes_frame(rows, anchors, few_examples=text("subject.card.few_examples"))
    draw(
        axes_figure(
            axes,
            _words,
            lambda axis: Axis.recorded(axis).title_in(language()),
            lambda axis: Axis.recorded(axis).colour,
        ),
        "axes",
        alt=", ".join(_axis_text(row) for row in axes.to_dict("records")),
    )
    st.caption(text("subject.utility_note"))
    for note in frames.notes(rows):
        st.warning(plain(note))
    headlines = st.toggle(text("subject.headlines"), key=url_state.switch("headlines"))
    table = with_axis_titles(frames.estimates(rows, headlines=headlines))
    columns = ("axis", "task", "metric", "value", "n", "reason", "counts", "environment", "at")
    st.dataframe(
        table,
        hide_index=True,
        height="content" if len(table) <= _HEIGHT // 35 else _HEIGHT,
        column_order=columns,
        column_config={name: text(f"subject.columns.{name}") for name in columns},
    )
    attack_curves.show(rows)
    _show_seed_means(card)


def _show_seed_means(card: Card) -> None:
    """Show the means over seeds where the store has other seeds of the subject."""
    means = _seed_means(card.store, card.results.identity)
    if means.empty:
        return
    st.subheader(text("subject.over_seeds"), anchor=False)
    st.caption(text("subject.over_seeds_note"))
    names = {name: text("subject.seeds" if name == "seeds" else f"subject.columns.{name}") for name in means.columns}
    st.dataframe(with_axis_titles(means), hide_index=True, column_config=names)


def _words(name: str) -> str:
    return text(f"subject.card.{name}")


def _axis_text(row: dict[object, object]) -> str:
    value = row["utility"]
    has_value = isinstance(value, float) and value == value  # noqa: PLR0124 - NaN is not itself
    value_text = f"{value:.2f}" if has_value else _words("withheld" if row["withheld"] else "not_measured")
    return f"{Axis.recorded(row['axis']).title_in(language())} {value_text}"
