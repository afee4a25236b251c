"""Trade-offs: what can be had of one thing for what of another."""

from enum import StrEnum

import pandas as pd
import streamlit as st

from leaderboard.axes.metric import Axis, Better
from leaderboard.board import address
from leaderboard.board.drawn import draw
from leaderboard.board.figures.trade_offs import Words, parallel, scatter
from leaderboard.board.frames import leaderboard, trade_offs
from leaderboard.board.frames import measures as known_measures
from leaderboard.board.frames.measures import Measure
from leaderboard.board.links import to_compare
from leaderboard.board.opening import remembered, stored
from leaderboard.board.suite_choice import choose_suite
from leaderboard.board.text import labels, text
from leaderboard.store.repository import Store

boards = remembered(leaderboard.board)
measures = remembered(known_measures.measures)
NOTHING = "-"
MOST = 8
"""Subjects that are compared at once: as many as there are marks that can be told apart."""


class Third(StrEnum):
    """How a third measure is shown."""

    COLOUR = "colour"
    SIZE = "size"


def main() -> None:
    """The plane of two measures; then chosen subjects on all axes, and who dominates whom."""
    st.title(text("trade_offs.title"), anchor=False)
    store = stored()
    shown = boards(store, choose_suite(boards(store).suites))
    known = {str(each): each for each in measures(store)}
    x, y, third, way = asked(known)
    found = trade_offs.points(store, shown, x, y, third)
    if found.empty:
        st.info(text("trade_offs.none", x=called(x), y=called(y)), icon=":material/visibility_off:")
    subjects = shown.facts.index.tolist()
    chosen = st.multiselect(
        text("trade_offs.subjects"),
        subjects,
        key=address.several("subject", subjects, stays=True),
        max_selections=MOST,
        placeholder=text("trade_offs.choose"),
    )
    if not found.empty:
        plane(found, x, y, third, chosen=chosen, sized=way == Third.SIZE)
    if chosen:
        st.header(text("trade_offs.profiles"), anchor=False)
        names = {axis.value: text(f"board.axes.{axis}") for axis in Axis}
        draw(parallel(trade_offs.profiles(shown, chosen), names, text("trade_offs.utility")), "profiles")
        to_compare(chosen)
    dominance(store, shown, chosen or found.index[found["front"]].tolist()[:MOST], [x, y, *([third] if third else [])])


def asked(known: dict[str, Measure]) -> tuple[Measure, Measure, Measure | None, Third]:
    """Draw the choice of measures; what it says."""
    places = st.columns([2, 2, 2, 1], vertical_alignment="bottom")
    names = list(known)
    said = {name: called(known[name]) for name in names} | {NOTHING: text("trade_offs.nothing")}
    first = places[0].selectbox(
        text("trade_offs.x"), names, format_func=said.__getitem__, key=address.choice("x", names, Axis.LATENCY.value)
    )
    second = places[1].selectbox(
        text("trade_offs.y"), names, format_func=said.__getitem__, key=address.choice("y", names, Axis.ACCURACY.value)
    )
    more = [NOTHING, *names]
    third = places[2].selectbox(
        text("trade_offs.third"), more, format_func=said.__getitem__, key=address.choice("third", more)
    )
    places[3].selectbox(
        text("trade_offs.way"),
        list(Third),
        format_func=labels("trade_offs.ways", Third),
        key=address.choice("way", Third),
        disabled=third == NOTHING,
    )
    return known[first], known[second], known.get(third), Third(address.value("way"))


def called(measure: Measure) -> str:
    """What a measure is called on the page, with its unit and which way is better."""
    if not measure.metric:
        return text(f"board.axes.{measure.axis}")
    sign = {Better.HIGHER: "↑", Better.LOWER: "↓", Better.TARGET: "→"}[measure.better]
    return f"{measure} ({measure.unit}) {sign}"


def titled(measure: Measure) -> str:
    """The same at an axis of the plot, where more of a utility called latency would seem to be worse."""
    return called(measure) if measure.metric else f"{called(measure)} ({text('trade_offs.utility')}) ↑"


def plane(
    found: pd.DataFrame, x: Measure, y: Measure, third: Measure | None, *, chosen: list[str], sized: bool
) -> None:
    """Draw the scatter and say what is on the front, in words too."""
    words = Words(
        x=titled(x),
        y=titled(y),
        third=called(third) if third else "",
        front=text("trade_offs.front"),
        border=text("trade_offs.border"),
        dominated=text("trade_offs.dominated"),
        chosen=text("trade_offs.chosen"),
    )
    draw(
        scatter(found, trade_offs.border(found, x, y), words, chosen=chosen, sized=sized),
        "plane",
        alt=text("trade_offs.alt", x=words.x, y=words.y, front=int(found["front"].sum()), all=len(found)),
    )
    st.caption(text("trade_offs.reading", front=int(found["front"].sum()), all=len(found)))
    with st.expander(text("trade_offs.table")):
        st.dataframe(
            found.sort_values(["front", "y"], ascending=False).reset_index(),
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


def dominance(store: Store, shown: leaderboard.Board, subjects: list[str], over: list[Measure]) -> None:
    """The probability that a row is at least as good as a column on all that is shown, and better on one."""
    st.header(text("trade_offs.dominance"), anchor=False)
    if len(subjects) < 2:  # noqa: PLR2004 - a pair
        st.caption(text("trade_offs.two"))
        return
    table = trade_offs.dominance(store, shown, subjects, over)
    st.caption(text("trade_offs.dominance_reading", measures=", ".join(called(each) for each in over)))
    columns = {
        "subject": st.column_config.TextColumn(text("trade_offs.row_dominates"), pinned=True),
        **{name: st.column_config.NumberColumn(name, format="%.2f") for name in subjects},
    }
    st.dataframe(table.reset_index(), hide_index=True, column_config=columns, alt=text("trade_offs.dominance"))


main()
