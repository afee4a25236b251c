"""Trade-offs: how one measure trades off against another."""

from collections.abc import Iterable
from enum import StrEnum

import pandas as pd
import streamlit as st

from leaderboard.axes.axis import Axis
from leaderboard.axes.metric import Better
from leaderboard.board import url_state
from leaderboard.board.cached_store import board_store, cached
from leaderboard.board.figures.trade_offs import Words, parallel, scatter
from leaderboard.board.frames import leaderboard, trade_offs
from leaderboard.board.frames import measures as measures_frames
from leaderboard.board.frames.measures import Measure
from leaderboard.board.links import to_compare
from leaderboard.board.subject_choice import subjects_key
from leaderboard.board.suite_choice import choose_suite
from leaderboard.board.theme import draw
from leaderboard.board.translations import labels, language, text
from leaderboard.store.repository import Store

boards = cached(leaderboard.board)
measures = cached(measures_frames.measures)
NOTHING = "-"
MAX_SUBJECTS = 8
"""Largest number of subjects that are compared at once: the number of distinct symbols."""


class Third(StrEnum):
    """How a third measure is shown."""

    COLOUR = "colour"
    SIZE = "size"


def main() -> None:
    """Show two measures as a plane, then chosen subjects on all axes, and which subject dominates which."""
    st.title(text("trade_offs.title"), anchor=False)
    store = board_store()
    board_data = boards(store, choose_suite(boards(store).suites))
    by_name = {str(each): each for each in measures(store)}
    x, y, third, way = choose_measures(by_name, milliseconds(store, board_data, by_name.values()))
    points = trade_offs.points(store, board_data, x, y, third)
    if points.empty:
        st.info(text("trade_offs.none", x=measure_name(x), y=measure_name(y)), icon=":material/visibility_off:")
    options = board_data.options
    identities = st.multiselect(
        text("trade_offs.subjects"),
        list(options.labels),
        format_func=options.labels.__getitem__,
        key=subjects_key(options, stays=True),
        max_selections=MAX_SUBJECTS,
        placeholder=text("trade_offs.choose"),
    )
    chosen = [options.labels[identity] for identity in identities]
    if not points.empty:
        plane(points, x, y, third, chosen=chosen, sized=way == Third.SIZE)
    if chosen:
        st.header(text("trade_offs.profiles"), anchor=False)
        names = {axis.value: axis.title_in(language()) for axis in Axis}
        draw(parallel(trade_offs.profiles(board_data, chosen), names, text("trade_offs.utility")), "profiles")
        to_compare([options.write(identity) for identity in identities])
    dominance(
        store,
        board_data,
        chosen or points.index[points["front"]].tolist()[:MAX_SUBJECTS],
        [x, y, *([third] if third else [])],
    )


def milliseconds(store: Store, board_data: leaderboard.Board, all_measures: Iterable[Measure]) -> str:
    """Return the name of a latency in milliseconds that every subject with a latency has; else that of the axis."""
    tasks, axis = set(board_data.headlines["task"]), Measure(Axis.LATENCY)
    complete = len(trade_offs.values(store, board_data, axis))
    for measure in all_measures:
        is_time = measure.unit == trade_offs.SECONDS and measure.axis is Axis.LATENCY
        if is_time and measure.task in tasks and len(trade_offs.values(store, board_data, measure)) == complete:
            return str(measure)
    return str(axis)


def choose_measures(by_name: dict[str, Measure], start: str) -> tuple[Measure, Measure, Measure | None, Third]:
    """Show the selection of measures, with `start` along x at first, and return it."""
    places = st.columns([2, 2, 2, 1], vertical_alignment="bottom")
    names = list(by_name)
    labels_of_measures = {name: measure_name(by_name[name]) for name in names} | {NOTHING: text("trade_offs.nothing")}
    first = places[0].selectbox(
        text("trade_offs.x"),
        names,
        format_func=labels_of_measures.__getitem__,
        key=url_state.choice("x", names, start),
    )
    second = places[1].selectbox(
        text("trade_offs.y"),
        names,
        format_func=labels_of_measures.__getitem__,
        key=url_state.choice("y", names, Axis.ACCURACY.value),
    )
    more = [NOTHING, *names]
    third = places[2].selectbox(
        text("trade_offs.third"), more, format_func=labels_of_measures.__getitem__, key=url_state.choice("third", more)
    )
    places[3].selectbox(
        text("trade_offs.way"),
        list(Third),
        format_func=labels("trade_offs.ways", Third),
        key=url_state.choice("way", Third),
        disabled=third == NOTHING,
    )
    return by_name[first], by_name[second], by_name.get(third), Third(url_state.value("way"))


def measure_name(measure: Measure) -> str:
    """Return the name of a measure on the page, with its unit and its better direction."""
    if not measure.metric:
        return measure.axis.title_in(language())
    sign = {Better.HIGHER: "↑", Better.LOWER: "↓", Better.TARGET: "→"}[measure.better]
    return f"{measure} ({measure.unit}) {sign}"


def axis_title(measure: Measure) -> str:
    """Return the title of a plot axis, where the axis of a utility needs its own direction."""
    return measure_name(measure) if measure.metric else f"{measure_name(measure)} ({text('trade_offs.utility')}) ↑"


def plane(
    points: pd.DataFrame, x: Measure, y: Measure, third: Measure | None, *, chosen: list[str], sized: bool
) -> None:
    """Show the scatter plot, and what is on the front as text."""
    points, x_unit = trade_offs.in_milliseconds(points, x)
    words = Words(
        x=axis_title(x).replace(trade_offs.SECONDS, x_unit),
        y=axis_title(y),
        third=measure_name(third) if third else "",
        front=text("trade_offs.front"),
        border=text("trade_offs.border"),
        dominated=text("trade_offs.dominated"),
        chosen=text("trade_offs.chosen"),
    )
    draw(
        scatter(
            points,
            trade_offs.border(points, x, y),
            words,
            chosen=chosen,
            sized=sized,
            log_x=x.unit == trade_offs.SECONDS and bool((points["x_low"] > 0).all()),
        ),
        "plane",
        alt=text("trade_offs.alt", x=words.x, y=words.y, front=int(points["front"].sum()), all=len(points)),
    )
    st.caption(text("trade_offs.reading", front=int(points["front"].sum()), all=len(points)))
    with st.expander(text("trade_offs.table")):
        st.dataframe(
            points.sort_values(["front", "y"], ascending=False).reset_index(),
            hide_index=True,
            column_order=[
                "subject",
                "front",
                "x",
                "x_low",
                "x_high",
                "y",
                "y_low",
                "y_high",
                *(["third"] if third else []),
            ],
            column_config={
                "subject": st.column_config.TextColumn(text("trade_offs.subject")),
                "front": st.column_config.CheckboxColumn(text("trade_offs.front")),
                "x": st.column_config.NumberColumn(words.x, format="%.4g"),
                "y": st.column_config.NumberColumn(words.y, format="%.4g"),
                "third": st.column_config.NumberColumn(words.third, format="%.4g"),
                **{
                    f"{name}_{end}": st.column_config.NumberColumn(text(f"trade_offs.ends.{end}"), format="%.4g")
                    for name in "xy"
                    for end in ("low", "high")
                },
            },
            alt=text("trade_offs.table"),
        )


def dominance(store: Store, board_data: leaderboard.Board, subjects: list[str], over: list[Measure]) -> None:
    """Show the probability that a row is at least as good as a column on all measures, and better on one."""
    st.header(text("trade_offs.dominance"), anchor=False)
    if len(subjects) < 2:  # noqa: PLR2004 - a pair
        st.caption(text("trade_offs.two"))
        return
    table = trade_offs.dominance(store, board_data, subjects, over)
    st.caption(text("trade_offs.dominance_reading", measures=", ".join(measure_name(each) for each in over)))
    columns = {
        "subject": st.column_config.TextColumn(text("trade_offs.row_dominates"), pinned=True),
        **{name: st.column_config.NumberColumn(name, format="%.2f") for name in subjects},
    }
    st.dataframe(table.reset_index(), hide_index=True, column_config=columns, alt=text("trade_offs.dominance"))


main()
