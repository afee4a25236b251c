"""Leaderboard: subjects by weighted utility, ranked again when a weight changes."""

from dataclasses import replace

import pandas as pd
import streamlit as st

from leaderboard.axes.axis import Axis
from leaderboard.board import links, url_state
from leaderboard.board.cached_store import board_store, cached
from leaderboard.board.cell_shades import shaded
from leaderboard.board.columns import View, columns_of
from leaderboard.board.downloads import csv_of, parquet_of
from leaderboard.board.frames import leaderboard as frames
from leaderboard.board.frames.rank_ranges import Lead, lead, rank_ranges
from leaderboard.board.subject_choice import subjects_key
from leaderboard.board.subject_options import subject_address
from leaderboard.board.suite_choice import choose_suite
from leaderboard.board.translations import labels, language, plain, text
from leaderboard.board.weight_sliders import weights
from leaderboard.errors import RequestError
from leaderboard.ranking.methods.method import Method
from leaderboard.store.repository import Store

boards = cached(frames.board)
ROWS = (50, 200, 1000, 10_000)
TABLE = "table"
MAX_REASONS = 200
MAX_RIVALS = 4
"""Largest number of subjects to name that may be as good as the first."""
MAX_LINKS = 6
"""Largest number of links to subjects below the table."""


def main() -> None:
    """Show filters in the sidebar and weights above the table."""
    st.title(text("leaderboard.title"), anchor=False)
    store = board_store()
    suite = choose_suite(boards(store).suites)
    with st.sidebar:
        label, explanation = text("leaderboard.merge_seeds"), text("leaderboard.help.merge_seeds")
        merge_seeds = st.toggle(label, key=url_state.switch("merge_seeds"), help=explanation)
        board_data = boards(store, suite, merge_seeds=merge_seeds)
        filters = replace(selected_filters(board_data), without=frozenset(violations(store, board_data)))
    table(filters, suite, merge_seeds=merge_seeds)


def selected_filters(board_data: frames.Board) -> frames.Filters:
    """Show the filters and return the selection."""
    st.subheader(text("leaderboard.filters"), anchor=False)
    words = st.text_input(text("leaderboard.words"), key=url_state.string("q"), icon=":material/search:")
    chosen = {
        name: st.multiselect(
            text(f"leaderboard.{name}"),
            options,
            key=url_state.several(name, options),
            placeholder=text("leaderboard.any"),
        )
        for name in ("model", "recipe", "device", "capability")
        for options in [sorted(board_data.facts[name].unique())]
    }
    with st.expander(text("leaderboard.minimum")):
        minimum = {
            axis: st.slider(
                axis.title_in(language()),
                0.0,
                1.0,
                step=0.05,
                key=url_state.number(f"min_{axis}", 0.0, low=0.0, high=1.0),
            )
            for axis in Axis
        }
    return frames.Filters(
        words=words,
        models=chosen["model"],
        recipes=chosen["recipe"],
        devices=chosen["device"],
        capabilities=chosen["capability"],
        minimum=minimum,
    )


def violations(store: Store, board_data: frames.Board) -> dict[str, str]:
    """Show the conditions and return the subjects that break one; an invalid condition is reported and ignored."""
    typed = st.text_area(
        text("leaderboard.where"),
        key=url_state.string("where"),
        placeholder="latency.p95 <= 20 ms\nprivacy >= 0.8",
        help=text("leaderboard.help.where"),
        height=100,
    )
    conditions = [line.strip() for line in typed.splitlines() if line.strip()]
    try:
        reasons_by_subject = frames.left_out(store, board_data, conditions)
    except RequestError as error:
        st.error(text("leaderboard.unreadable"), icon=":material/error:")
        st.code(str(error), language=None, wrap_lines=True)
        return {}
    if reasons_by_subject:
        with st.expander(text("leaderboard.left_out", count=len(reasons_by_subject))):
            reasons = pd.DataFrame(list(reasons_by_subject.items())[:MAX_REASONS], columns=["subject", "reason"])
            names = {name: st.column_config.Column(text(f"leaderboard.{name}")) for name in ("subject", "reason")}
            st.dataframe(reasons, hide_index=True, column_config=names, alt=text("leaderboard.where"))
    return reasons_by_subject


@st.fragment
def table(filters: frames.Filters, suite: str, *, merge_seeds: bool) -> None:
    """Show the weights and the ranking; only this part runs again when a slider moves."""
    store = board_store()
    board_data = boards(store, suite, merge_seeds=merge_seeds)
    chosen = weights()
    if not any(weight for axis, weight in chosen.items() if axis in board_data.utilities.axes):
        st.warning(text("leaderboard.no_weight"), icon=":material/balance:")
        return
    mask = frames.filter_mask(board_data, filters)
    method, view, headline, rows = options(board_data)
    ranked = board_data.utilities.ranked(chosen, where=mask, method=method)
    ranking = frames.with_facts(ranked, board_data, frames.pareto_layers(board_data, chosen))
    if ranking.empty:
        st.info(text("leaderboard.none_left"), icon=":material/filter_alt_off:")
        return
    st.markdown(answer(lead(ranking), method))
    ranking = ranking.assign(rank_range=rank_ranges(ranking))
    draw(board_data, ranking.head(rows), method, view, headline)
    st.caption(text("leaderboard.shown", shown=f"{min(rows, len(ranking)):,}", all=f"{len(board_data.facts):,}"))
    st.caption(text(f"leaderboard.methods.{method}.reading"))
    st.caption(text("leaderboard.reading"))
    files(ranking)
    about_chosen(board_data)


def options(board_data: frames.Board) -> tuple[Method, View, tuple[str, str] | None, int]:
    """Show how to rank and display subjects: method, view, headline metric, number of rows."""
    method_names = {method: text(f"leaderboard.methods.{method}.name") for method in Method}
    metrics = {f"{task}.{metric}": (task, metric) for _, task, metric in board_data.metrics}
    first, view_column, middle, right = st.columns([1.5, 2.6, 2, 0.8], vertical_alignment="bottom")
    first.selectbox(
        text("leaderboard.method"),
        list(Method),
        format_func=method_names.__getitem__,
        key=url_state.choice("method", Method),
    )
    view = view_column.segmented_control(
        text("leaderboard.view"),
        list(View),
        format_func=labels("leaderboard.views", View),
        key=url_state.choice("view", View, View.INTERVALS),
        required=True,
    )
    headline = middle.selectbox(text("leaderboard.headline"), list(metrics), key=url_state.choice("headline", metrics))
    rows = right.selectbox(
        text("leaderboard.rows"), ROWS, format_func=lambda rows: f"{rows:,}", key=url_state.choice("rows", ROWS)
    )
    return Method(url_state.value("method")), view or View.INTERVALS, metrics.get(headline), rows


def answer(first: Lead | None, method: Method) -> str:
    """Return who leads and how sure that is, as a sentence or two."""
    if first is None:
        return text("leaderboard.lead.none")
    others = first.rivals[:MAX_RIVALS]
    more = len(first.rivals) - len(others)
    names = ", ".join([*map(plain, others), *([text("leaderboard.lead.more", count=more)] if more else [])])
    kind = "only" if first.ranked == 1 else "votes" if not first.has_bounds else "several" if others else "clear"
    bounds = f" [{first.low:.2f}, {first.high:.2f}]" if first.has_bounds else ""
    sentence = text(
        f"leaderboard.lead.{kind}",
        subject=plain(first.first),
        score=f"{first.score:.2f}{bounds}",
        rivals=names,
        method=text(f"leaderboard.methods.{method}.name"),
        ranked=first.ranked,
    )
    unranked = text("leaderboard.lead.not_ranked", count=first.not_ranked) if first.not_ranked else ""
    return f"{sentence} {unranked}".strip()


def draw(
    board_data: frames.Board, ranking: pd.DataFrame, method: Method, view: View, headline: tuple[str, str] | None
) -> None:
    """Show the rows; selected rows stay selected wherever they move."""
    ranking = frames.with_intervals(ranking, board_data)
    words = [text(f"leaderboard.{name}") for name in ("not_ranked", "at_chance", "like_bag_of_words")]
    ranking = frames.with_notes(ranking, *words)
    raw: dict[Axis, tuple[str, str]] = {}
    if view is View.RAW:
        ranking, raw = frames.raw_values(ranking, board_data)
    if headline is not None:
        ranking = frames.with_headline(ranking, board_data, *headline)
    ranking = ranking.assign(layer=[frames.badge(each) for each in ranking["layer"]])
    subjects = ranking["subject"].tolist()
    chosen = chosen_subjects(board_data)
    places = {subject: place for place, subject in enumerate(subjects)}
    at = {"selection": {"rows": sorted(places[each] for each in chosen if each in places)}}
    if st.session_state.get(TABLE, {}).get("selection", {}).get("rows", []) != at["selection"]["rows"]:
        st.session_state[TABLE] = at
    columns = columns_of(method, view, headline, raw)
    st.dataframe(
        shaded(ranking[list(columns)], ranking),
        hide_index=True,
        column_config=columns,
        placeholder="–",
        height=min(35 * len(ranking) + 37, 620),
        on_select=lambda: choose([board_data.options.identities[subject] for subject in subjects]),
        selection_mode="multi-row",
        key=TABLE,
        alt=text("leaderboard.title"),
    )
    notes = dict(zip(subjects, ranking["note"], strict=True))
    for subject in chosen:
        if notes.get(subject):
            st.info(plain(f"{subject}: {notes[subject]}"))


def chosen_subjects(board_data: frames.Board) -> list[str]:
    """Return the labels of the selected rows, which are kept and addressed by identity."""
    options = board_data.options
    return [options.labels[identity] for identity in url_state.value(subjects_key(options, stays=True))]


def choose(identities: list[str]) -> None:
    """Update the selected subjects from the table; selected subjects that are not in it stay selected."""
    listed = set(identities)
    rows = st.session_state[TABLE]["selection"]["rows"]
    unlisted = [each for each in url_state.value("subject") if each not in listed]
    url_state.put("subject", [*unlisted, *(identities[row] for row in rows if row < len(identities))])


def files(ranking: pd.DataFrame) -> None:
    """Show download buttons for all rows with all their numbers."""
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


def about_chosen(board_data: frames.Board) -> None:
    """Show every number of the selected rows, why others are missing, and links to further pages."""
    chosen = chosen_subjects(board_data)
    if not chosen:
        st.caption(text("leaderboard.choose"))
        return
    st.subheader(text("leaderboard.chosen", count=len(chosen)), anchor=False)
    members = [list(board_data.members(subject).items()) for subject in chosen]
    for label, identity in [each for row in members for each in row][:MAX_LINKS]:
        links.to_subject(label, subject_address(label, identity))
    if len(chosen) > 1:
        links.to_compare([subject_address(*row[0]) for row in members])
    st.dataframe(
        frames.details(board_data, chosen),
        hide_index=True,
        column_config={
            name: st.column_config.Column(text(f"leaderboard.detail.{name}"))
            for name in ("subject", "axis", "task", "metric", "value", "n", "measured_on")
        },
        alt=text("leaderboard.chosen", count=len(chosen)),
    )


main()
