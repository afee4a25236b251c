"""Example by example: what was asked, what a subject said, and where another one said otherwise."""

import pandas as pd
import streamlit as st

from leaderboard.board import address
from leaderboard.board.cards.asked import (
    Card,
    choose_task,
    known_definitions,
    known_evaluations,
    known_results,
    known_subjects,
    observations,
    texts,
)
from leaderboard.board.frames import answers as frames
from leaderboard.board.frames.seen import seen_frame
from leaderboard.board.frames.subject import newest
from leaderboard.board.text import plain, text
from leaderboard.store.lineage import Evaluated
from leaderboard.store.task_labels import labels_of

_SIZE = 25
_TOLD = (
    "example",
    "part",
    "text",
    "true",
    "predicted",
    "right",
    "confidence",
    "predicted_there",
    "right_there",
    "seen",
)


def show(card: Card) -> None:
    """One page of examples, filtered as asked."""
    chosen = choose_task(card, None)
    if chosen is None:
        return
    name, evaluated = chosen
    given = _given(card, evaluated)
    if given.empty:
        rows = seen_frame(observations(card.store, evaluated.evaluation.identity))
    else:
        filtered = _filtered(card, name, given)
        if filtered is None:
            return
        rows = filtered
    _page(evaluated, rows, len(rows) if given.empty else len(given))


def _given(card: Card, evaluated: Evaluated) -> pd.DataFrame:
    task = evaluated.evaluation.task
    labels = labels_of(task.name, {**known_definitions(card.store), task.name: task.definition})
    return frames.answers(observations(card.store, evaluated.evaluation.identity), labels)


def _filtered(card: Card, name: str, given: pd.DataFrame) -> pd.DataFrame | None:
    """The answers that are asked for; None, with a word, where there is nobody to compare with."""
    key = address.choice("which", frames.Shown)
    st.segmented_control(
        text("subject.examples.which"),
        list(frames.Shown),
        format_func=lambda each: text(f"subject.examples.{each}"),
        key=key,
        required=True,
    )
    which = frames.Shown(address.value(key))
    if which is not frames.Shown.FLIPPED:
        return frames.looked_at(given, which)
    others = _others(card, name)
    if not others:
        st.info(text("subject.examples.no_other"))
        return None
    against = st.selectbox(text("subject.examples.against"), others, key=address.choice("against", others))
    both = frames.with_other(given, _given(card, others[against]))
    found = frames.looked_at(both, which)
    lost = int((~found["right"]).sum())
    st.caption(text("subject.examples.flips", n=len(both), lost=lost, won=len(found) - lost))
    return found


def _others(card: Card, name: str) -> dict[str, Evaluated]:
    """The other subjects on the board that were measured on the same task, by label."""
    found = {}
    for label in known_subjects(card.store):
        if label != card.results.label:
            identity = known_results(card.store, label).identity
            there = newest(known_evaluations(card.store, identity)).get(name)
            if there is not None:
                found[label] = there
    return found


def _page(evaluated: Evaluated, rows: pd.DataFrame, everything: int) -> None:
    task = evaluated.evaluation.task
    read = texts(task.identity, task)
    rows = rows.assign(text=rows["example"].map(read.by_id))
    left, right = st.columns((3, 1))
    if read.by_id:
        wanted = left.text_input(text("subject.examples.words"), key=address.words("words"))
        if wanted:
            rows = rows[rows["text"].str.contains(wanted, case=False, regex=False, na=False)]
    if rows.empty:
        st.info(text("subject.examples.none"))
        return
    pages = -(-len(rows) // _SIZE)
    number = 1
    if pages > 1:
        key = address.number("page", 1, low=1, high=pages)
        address.put(key, min(address.value(key), pages))
        label = text("subject.examples.page", pages=pages)
        number = right.number_input(label, min_value=1, max_value=pages, key=key)
    shown, _, _ = frames.page_of(rows, int(number), _SIZE)
    st.caption(text("subject.examples.counted", shown=len(rows), all=everything))
    st.dataframe(
        _readable(shown),
        hide_index=True,
        height="content",
        column_order=[name for name in _TOLD if name in shown and (name != "part" or (shown["part"] != "").any())],
        column_config={
            **{name: text(f"subject.columns.{name}") for name in _TOLD},
            "text": st.column_config.TextColumn(text("subject.columns.text"), width="large"),
            "confidence": st.column_config.NumberColumn(text("subject.columns.confidence"), format="%.3f"),
        },
    )
    st.caption(text("subject.examples.no_text", reason=plain(read.reason)) if read.reason else text("subject.texts"))


def _readable(shown: pd.DataFrame) -> pd.DataFrame:
    """Rightness in words and with a mark."""
    told = {True: text("subject.examples.yes"), False: text("subject.examples.no")}
    return shown.assign(**{name: shown[name].map(told) for name in ("right", "right_there") if name in shown})
