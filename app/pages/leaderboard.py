"""Leaderboard: subjects by weighted utility, ranked again as the weights move."""

from dataclasses import replace

import pandas as pd
import streamlit as st

from leaderboard.axes.metric import Axis
from leaderboard.board import address, links
from leaderboard.board.columns import View, columns_of
from leaderboard.board.files import csv_of, parquet_of
from leaderboard.board.frames import leaderboard as frames
from leaderboard.board.opening import remembered, stored
from leaderboard.board.suite_choice import choose_suite
from leaderboard.board.text import labels, plain, text
from leaderboard.board.weighing import weights
from leaderboard.errors import RequestError
from leaderboard.ranking.methods.method import Method
from leaderboard.store.repository import Store

boards = remembered(frames.board)
ROWS = (50, 200, 1000, 10_000)
TABLE = "table"
LISTED = 200
LINKED = 6
"""Links to subjects below the table; more are found by their names."""


def main() -> None:
    """Filters beside the table, weights above it."""
    st.title(text("leaderboard.title"), anchor=False)
    store = stored()
    suite = choose_suite(boards(store).suites)
    shown = boards(store, suite)
    with st.sidebar:
        filters = replace(asked(shown), without=frozenset(broken(store, shown)))
    table(filters, suite)


def asked(shown: frames.Board) -> frames.Filters:
    """Draw the filters; what they say."""
    st.subheader(text("leaderboard.filters"), anchor=False)
    words = st.text_input(text("leaderboard.words"), key=address.words("q"), icon=":material/search:")
    chosen = {
        name: st.multiselect(
            text(f"leaderboard.{name}"),
            options,
            key=address.several(name, options),
            placeholder=text("leaderboard.any"),
        )
        for name in ("model", "recipe", "device", "capability")
        for options in [sorted(shown.facts[name].unique())]
    }
    with st.expander(text("leaderboard.least")):
        least = {
            axis: st.slider(
                text(f"board.axes.{axis}"),
                0.0,
                1.0,
                step=0.05,
                key=address.number(f"min_{axis}", 0.0, low=0.0, high=1.0),
            )
            for axis in Axis
        }
    return frames.Filters(
        words=words,
        models=chosen["model"],
        recipes=chosen["recipe"],
        devices=chosen["device"],
        capabilities=chosen["capability"],
        least=least,
    )


def broken(store: Store, shown: frames.Board) -> dict[str, str]:
    """Draw the conditions; the subjects that break one. What cannot be read is told, and counts for nothing."""
    written = st.text_area(
        text("leaderboard.where"),
        key=address.words("where"),
        placeholder="latency.p95 <= 20 ms\nprivacy >= 0.8",
        help=text("leaderboard.help.where"),
        height=100,
    )
    conditions = [line.strip() for line in written.splitlines() if line.strip()]
    try:
        found = frames.left_out(store, shown, conditions)
    except RequestError as error:
        st.error(text("leaderboard.unreadable"), icon=":material/error:")
        st.code(str(error), language=None, wrap_lines=True)
        return {}
    if found:
        with st.expander(text("leaderboard.left_out", count=len(found))):
            reasons = pd.DataFrame(list(found.items())[:LISTED], columns=["subject", "reason"])
            names = {name: st.column_config.Column(text(f"leaderboard.{name}")) for name in ("subject", "reason")}
            st.dataframe(reasons, hide_index=True, column_config=names, alt=text("leaderboard.where"))
    return found


@st.fragment
def table(filters: frames.Filters, suite: str) -> None:
    """Draw the weights and what follows from them: this much alone runs again when a slider moves."""
    store = stored()
    shown = boards(store, suite)
    chosen = weights()
    if not any(weight for axis, weight in chosen.items() if axis in shown.utilities.axes):
        st.warning(text("leaderboard.no_weight"), icon=":material/balance:")
        return
    left = frames.kept(shown, filters)
    method, view, headline, rows = options(shown)
    ranked = shown.utilities.ranked(chosen, where=left, method=method)
    ranking = frames.with_facts(ranked, shown, frames.pareto_layers(shown, chosen))
    if ranking.empty:
        st.info(text("leaderboard.none_left"), icon=":material/filter_alt_off:")
        return
    draw(shown, ranking.head(rows), method, view, headline)
    st.caption(text("leaderboard.shown", shown=f"{min(rows, len(ranking)):,}", all=f"{len(shown.facts):,}"))
    st.caption(text(f"leaderboard.methods.{method}.reading"))
    st.caption(text("leaderboard.reading"))
    files(ranking)
    about_chosen(shown)


def options(shown: frames.Board) -> tuple[Method, View, tuple[str, str] | None, int]:
    """Draw how subjects are to be ranked and shown: method, view, headline metric, number of rows."""
    said = {method: text(f"leaderboard.methods.{method}.name") for method in Method}
    metrics = {f"{task}.{metric}": (task, metric) for _, task, metric in shown.metrics}
    first, left, middle, right = st.columns([1.5, 2.6, 2, 0.8], vertical_alignment="bottom")
    first.selectbox(
        text("leaderboard.method"),
        list(Method),
        format_func=said.__getitem__,
        key=address.choice("method", Method),
    )
    view = left.segmented_control(
        text("leaderboard.view"),
        list(View),
        format_func=labels("leaderboard.views", View),
        key=address.choice("view", View, View.INTERVALS),
        required=True,
    )
    named = middle.selectbox(text("leaderboard.headline"), list(metrics), key=address.choice("headline", metrics))
    rows = right.selectbox(
        text("leaderboard.rows"), ROWS, format_func=lambda rows: f"{rows:,}", key=address.choice("rows", ROWS)
    )
    return Method(address.value("method")), view or View.INTERVALS, metrics.get(named), rows


def draw(
    shown: frames.Board, ranking: pd.DataFrame, method: Method, view: View, headline: tuple[str, str] | None
) -> None:
    """Draw the rows; those that are chosen stay chosen wherever they move to."""
    ranking = frames.with_intervals(ranking, shown)
    ranking = frames.with_notes(ranking, text("leaderboard.not_ranked"), text("leaderboard.at_chance"))
    raw: dict[Axis, tuple[str, str]] = {}
    if view is View.RAW:
        ranking, raw = frames.raw_values(ranking, shown)
    if headline is not None:
        ranking = frames.with_headline(ranking, shown, *headline)
    ranking = ranking.assign(layer=[frames.badge(each) for each in ranking["layer"]])
    subjects = ranking["subject"].tolist()
    chosen = address.value(address.several("subject", shown.facts.index, stays=True))
    places = {subject: place for place, subject in enumerate(subjects)}
    at = {"selection": {"rows": sorted(places[each] for each in chosen if each in places)}}
    if st.session_state.get(TABLE, {}).get("selection", {}).get("rows", []) != at["selection"]["rows"]:
        st.session_state[TABLE] = at
    columns = columns_of(method, view, headline, raw)
    st.dataframe(
        ranking[list(columns)],
        hide_index=True,
        column_config=columns,
        placeholder="–",
        height=min(35 * len(ranking) + 37, 620),
        on_select=lambda: choose(subjects),
        selection_mode="multi-row",
        key=TABLE,
        alt=text("leaderboard.title"),
    )
    notes = dict(zip(subjects, ranking["note"], strict=True))
    for subject in chosen:
        if notes.get(subject):
            st.info(plain(f"{subject}: {notes[subject]}"))


def choose(subjects: list[str]) -> None:
    """Keep what was chosen in the table; what was chosen before and is not in it stays chosen."""
    here = set(subjects)
    rows = st.session_state[TABLE]["selection"]["rows"]
    away = [each for each in address.value("subject") if each not in here]
    address.put("subject", [*away, *(subjects[row] for row in rows if row < len(subjects))])


def files(ranking: pd.DataFrame) -> None:
    """Offer all rows with all their numbers."""
    left, right, _ = st.columns([1, 1, 4])
    left.download_button(
        text("leaderboard.csv"),
        lambda: csv_of(ranking),
        "leaderboard.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
    )
    right.download_button(
        text("leaderboard.parquet"),
        lambda: parquet_of(ranking),
        "leaderboard.parquet",
        "application/vnd.apache.parquet",
        icon=":material/download:",
        on_click="ignore",
    )


def about_chosen(shown: frames.Board) -> None:
    """Say every number of the chosen rows, and why others are missing, with the ways on from here."""
    chosen = address.value("subject")
    if not chosen:
        st.caption(text("leaderboard.choose"))
        return
    st.subheader(text("leaderboard.chosen", count=len(chosen)), anchor=False)
    for subject in chosen[:LINKED]:
        links.to_subject(subject)
    if len(chosen) > 1:
        links.to_compare(chosen)
    st.dataframe(
        frames.details(shown, chosen),
        hide_index=True,
        column_config={
            name: st.column_config.Column(text(f"leaderboard.detail.{name}"))
            for name in ("subject", "axis", "task", "metric", "value", "n", "measured_on")
        },
        alt=text("leaderboard.chosen", count=len(chosen)),
    )


main()
