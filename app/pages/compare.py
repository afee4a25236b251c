"""Compare: subjects against one of them, number by number, and the examples that flipped."""

import pandas as pd
import streamlit as st

from leaderboard.board import address
from leaderboard.board.cards.asked import known_results, known_subjects, texts
from leaderboard.board.drawn import draw
from leaderboard.board.figures.forest import forest_figure
from leaderboard.board.frames import compare as frames
from leaderboard.board.frames.answers import page_of
from leaderboard.board.opening import remembered, stored
from leaderboard.board.text import plain, text
from leaderboard.comparison.compare import Comparison, compare
from leaderboard.comparison.flips import flippable, flips
from leaderboard.comparison.matching import match
from leaderboard.quantities import UNKNOWN
from leaderboard.store.repository import Store

FEWEST, SIZE = 2, 25
TOLD = (
    "subject",
    "axis",
    "task",
    "metric",
    "said",
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
    """Two subjects, by label."""
    return compare(known_results(store, first), known_results(store, second))


def flipped_tasks(store: Store, first: str, second: str) -> list[str]:
    """Tasks whose examples can flip between two subjects."""
    return flippable(known_results(store, first), known_results(store, second))


def flipped(store: Store, first: str, second: str, task: str) -> pd.DataFrame:
    """Examples that flip between two subjects."""
    one, other = known_results(store, first), known_results(store, second)
    asked = match(one, other, task).first.task
    return flips(one, other, task, texts(asked.identity, asked).by_id)


known_comparison, known_tasks, known_flips = remembered(compared), remembered(flipped_tasks), remembered(flipped)


def main() -> None:
    """Choose a reference and others, and show what lies between them."""
    st.title(text("compare.title"), anchor=False)
    store = stored()
    labels = known_subjects(store)
    if len(labels) < FEWEST:
        st.info(text("compare.alone", subject=plain(labels[0])))
        return
    left, right = st.columns((3, 2))
    key = address.several("subject", labels, labels[:FEWEST])
    subjects = left.multiselect(text("compare.subjects"), labels, key=key)
    if len(subjects) < FEWEST:
        st.info(text("compare.choose"))
        return
    reference = right.selectbox(text("compare.reference"), subjects, key=address.choice("reference", subjects))
    chosen = [label for label in subjects if label != reference]
    with st.spinner(text("compare.comparing")):
        found = [known_comparison(store, label, reference) for label in chosen]
    show_apart(found)
    show_differences(found, reference)
    show_flips(store, chosen, reference)


def show_apart(found: list[Comparison]) -> None:
    """What differs beside the subjects."""
    for comparison in found:
        if comparison.apart:
            with st.expander(
                text("compare.apart", subject=plain(comparison.first), n=len(comparison.apart)),
                icon=":material/warning:",
                expanded=len(found) == 1,
            ):
                st.markdown("\n".join(f"- {plain(sentence)}" for sentence in comparison.apart))


def show_differences(found: list[Comparison], reference: str) -> None:
    """The forest and the table."""
    every = st.toggle(text("compare.every"), key=address.switch("every"))
    rows = frames.differences(found, headlines=not every)
    if rows.empty:
        st.info(text("compare.nothing"))
        return
    told = frames.counted(rows)
    st.markdown(
        text(
            "compare.counted",
            reference=plain(reference),
            **{said.value: told[said] for said in frames.Said},
        )
    )
    draw(forest_figure(rows, lambda name: text(f"compare.words.{name}")), "forest")
    st.caption(text("compare.note"))
    shown = rows.assign(said=rows["said"].map({each.value: text(f"compare.words.{each}") for each in frames.Said}))
    columns = [name for name in TOLD if name != "subject" or len(found) > 1]
    st.dataframe(
        shown,
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


def show_flips(store: Store, chosen: list[str], reference: str) -> None:
    """The examples that one gets right and the other wrong, side by side."""
    st.subheader(text("compare.flips.title"), anchor=False)
    first = chosen[0]
    if len(chosen) > 1:
        first = st.selectbox(text("compare.flips.subject"), chosen, key=address.choice("flipping", chosen))
    tasks = known_tasks(store, first, reference)
    if not tasks:
        st.info(text("compare.flips.none_kept"))
        return
    task = st.selectbox(text("compare.flips.task"), tasks, key=address.choice("task", tasks))
    rows = known_flips(store, first, reference, task)
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
    number, pages = 1, -(-len(rows) // SIZE)
    if pages > 1:
        key = address.number("page", 1, low=1, high=pages)
        address.put(key, min(address.value(key), pages))
        number = st.number_input(text("compare.flips.page", pages=pages), min_value=1, max_value=pages, key=key)
    st.dataframe(
        page_of(rows, int(number), SIZE)[0],
        hide_index=True,
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
