"""Compare: subjects against a reference, number by number, and the examples that flipped."""

import pandas as pd
import streamlit as st

from leaderboard.board import url_state
from leaderboard.board.axis_titles import with_axis_titles
from leaderboard.board.cached_store import board_store, cached
from leaderboard.board.cards.selection import cached_results, texts
from leaderboard.board.figures.forest_plot import forest_figure
from leaderboard.board.frames import compare as frames
from leaderboard.board.frames import leaderboard
from leaderboard.board.frames.answers import page_of
from leaderboard.board.subject_choice import subject_key, subject_options, subjects_key
from leaderboard.board.subject_options import SubjectOptions
from leaderboard.board.theme import draw
from leaderboard.board.translations import plain, text
from leaderboard.comparison.compare import Comparison, compare
from leaderboard.comparison.flips import flip_tasks, flips
from leaderboard.comparison.matching import match
from leaderboard.quantities import UNKNOWN
from leaderboard.store.repository import Store

MIN_SUBJECTS, PAGE_SIZE = 2, 25
COLUMNS = (
    "subject",
    "axis",
    "task",
    "metric",
    "assessment",
    "difference",
    "first",
    "second",
    "p_holm",
    "minimum_detectable",
    "n",
    "paired",
    "p",
    "test",
    "reason",
)


def compared(store: Store, first: str, second: str) -> Comparison:
    """Return the comparison of two subjects, by identity."""
    return compare(cached_results(store, first), cached_results(store, second))


def flipped_tasks(store: Store, first: str, second: str) -> list[str]:
    """Return tasks whose examples can flip between two subjects."""
    return flip_tasks(cached_results(store, first), cached_results(store, second))


def flipped(store: Store, first: str, second: str, task: str) -> pd.DataFrame:
    """Return examples that flip between two subjects."""
    first_results, second_results = cached_results(store, first), cached_results(store, second)
    measured = match(first_results, second_results, task).first.task
    return flips(first_results, second_results, task, texts(measured.identity, measured, store).by_id)


boards = cached(leaderboard.board)
cached_comparison, cached_tasks, cached_flips = cached(compared), cached(flipped_tasks), cached(flipped)


def main() -> None:
    """Show the selection of a reference and other subjects, and how they differ."""
    st.title(text("compare.title"), anchor=False)
    store = board_store()
    options = subject_options(store)
    labels = options.labels
    if len(labels) < MIN_SUBJECTS:
        st.info(text("compare.alone", subject=plain(next(iter(labels.values())))))
        return
    left_column, right_column = st.columns((3, 2))
    start = best(store, options)[:MIN_SUBJECTS]
    if "subject" not in st.query_params and len(st.session_state.get("subject", ())) < MIN_SUBJECTS:
        url_state.put("subject", start)  # fewer were selected on another page
    key = subjects_key(options, default=start)
    subjects = left_column.multiselect(text("compare.subjects"), list(labels), format_func=labels.__getitem__, key=key)
    if len(subjects) < MIN_SUBJECTS:
        st.info(text("compare.choose"))
        return
    reference = right_column.selectbox(
        text("compare.reference"),
        subjects,
        format_func=labels.__getitem__,
        key=subject_key(options.among(subjects), "reference"),
    )
    chosen = [each for each in subjects if each != reference]
    with st.spinner(text("compare.comparing")):
        comparisons = [cached_comparison(store, label, reference) for label in chosen]
    show_caveats(comparisons)
    show_differences(comparisons, labels[reference])
    show_flips(store, options.among(chosen), options.among([reference]))


def best(store: Store, options: SubjectOptions) -> list[str]:
    """Return the identities of all subjects, those of the first table of the leaderboard in its order first."""
    ranking = boards(store).utilities.ranked({})["subject"]
    in_order = [options.identities[label] for label in ranking if label in options.identities]
    return list(dict.fromkeys([*in_order, *options.labels]))


def show_caveats(comparisons: list[Comparison]) -> None:
    """Show what else differs between the subjects."""
    for comparison in comparisons:
        if comparison.caveats:
            with st.expander(
                text("compare.caveats", subject=plain(comparison.first), n=len(comparison.caveats)),
                icon=":material/warning:",
                expanded=len(comparisons) == 1,
            ):
                st.markdown("\n".join(f"- {plain(sentence)}" for sentence in comparison.caveats))


def show_differences(comparisons: list[Comparison], reference: str) -> None:
    """Show the forest plot and the table; the reference is named by its label."""
    every = st.toggle(text("compare.every"), key=url_state.switch("every"))
    rows = frames.differences(comparisons, headlines=not every)
    if rows.empty:
        st.info(text("compare.nothing"))
        return
    counts = frames.counted(rows)
    st.markdown(
        text(
            "compare.counted",
            reference=plain(reference),
            **{assessment.value: counts[assessment] for assessment in frames.Assessment},
        )
    )
    draw(forest_figure(rows, lambda name: text(f"compare.words.{name}")), "forest")
    st.caption(text("compare.note"))
    table = with_axis_titles(rows).assign(
        assessment=rows["assessment"].map({each.value: text(f"compare.words.{each}") for each in frames.Assessment})
    )
    columns = [name for name in COLUMNS if name != "subject" or len(comparisons) > 1]
    st.dataframe(
        table,
        hide_index=True,
        placeholder=UNKNOWN,
        column_order=columns,
        column_config={
            **{name: text(f"compare.columns.{name}") for name in columns},
            **{
                name: st.column_config.NumberColumn(text(f"compare.columns.{name}"), format="%.3g")
                for name in ("p", "p_holm")
            },
        },
    )


def show_flips(store: Store, others: SubjectOptions, references: SubjectOptions) -> None:
    """Show the examples that one subject gets right and the reference wrong, or the reverse, side by side."""
    st.subheader(text("compare.flips.title"), anchor=False)
    first_identity, (reference_identity, reference) = next(iter(others.labels)), *references.labels.items()
    if len(others.labels) > 1:
        first_identity = st.selectbox(
            text("compare.flips.subject"),
            list(others.labels),
            format_func=others.labels.__getitem__,
            key=subject_key(others, "flipping"),
        )
    first = others.labels[first_identity]
    tasks = cached_tasks(store, first_identity, reference_identity)
    if not tasks:
        st.info(text("compare.flips.none_kept"))
        return
    task = st.selectbox(text("compare.flips.task"), tasks, key=url_state.choice("task", tasks))
    rows = cached_flips(store, first_identity, reference_identity, task)
    won = int((rows["right"] == "first").sum())
    st.caption(
        text(
            "compare.flips.counted",
            first=plain(first),
            second=plain(reference),
            won=won,
            lost=len(rows) - won,
        )
    )
    if rows.empty:
        return
    rows = rows.assign(right=rows["right"].map({"first": f"✓ {first}", "second": f"✓ {reference}"}))
    number, pages = 1, -(-len(rows) // PAGE_SIZE)
    if pages > 1:
        key = url_state.number("page", 1, low=1, high=pages)
        url_state.put(key, min(url_state.value(key), pages))
        number = st.number_input(text("compare.flips.page", pages=pages), min_value=1, max_value=pages, key=key)
    st.dataframe(
        page_of(rows, int(number), PAGE_SIZE)[0],
        hide_index=True,
        placeholder=UNKNOWN,
        column_config={
            "example_id": text("compare.columns.example"),
            "text": st.column_config.TextColumn(text("compare.columns.text"), width="large"),
            "true": text("compare.columns.true"),
            "first": first,
            "second": reference,
            "right": text("compare.columns.right"),
        },
    )


main()
