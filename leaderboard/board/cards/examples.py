"""Examples one by one: the input, the subject's answer, and where another subject's answer differs."""

import pandas as pd
import streamlit as st

from leaderboard.board import url_state
from leaderboard.board.cards.selection import (
    Card,
    cached_definitions,
    cached_evaluations,
    choose_task,
    observations,
    texts,
)
from leaderboard.board.frames import answers as frames
from leaderboard.board.frames.observations import observations_frame
from leaderboard.board.frames.subject import newest
from leaderboard.board.subject_choice import subject_key, subject_options
from leaderboard.board.translations import plain, text
from leaderboard.store.class_names import class_names
from leaderboard.store.repository import Store
from leaderboard.store.subject_history import DeviceEvaluation

_SIZE = 25
_COLUMNS = (
    "example",
    "part",
    "text",
    "true",
    "predicted",
    "right",
    "confidence",
    "predicted_there",
    "right_there",
    "observation",
)


def show(card: Card) -> None:
    """Show one page of examples, filtered as selected."""
    chosen = choose_task(card, None)
    if chosen is None:
        return
    name, evaluated = chosen
    answers = _answers(card, evaluated)
    if answers.empty:
        rows = observations_frame(observations(card.store, evaluated.evaluation.identity))
    else:
        filtered = _filtered(card, name, answers)
        if filtered is None:
            return
        rows = filtered
    _page(card.store, evaluated, rows, len(rows) if answers.empty else len(answers))


def _answers(card: Card, evaluated: DeviceEvaluation) -> pd.DataFrame:
    task = evaluated.evaluation.task
    labels = class_names(task.name, {**cached_definitions(card.store), task.name: task.definition})
    return frames.answers(observations(card.store, evaluated.evaluation.identity), labels)


def _filtered(card: Card, name: str, answers: pd.DataFrame) -> pd.DataFrame | None:
    """Return the selected answers; None, with a message, if there is no subject to compare with."""
    key = url_state.choice("which", frames.AnswerFilter)
    st.segmented_control(
        text("subject.examples.which"),
        list(frames.AnswerFilter),
        format_func=lambda each: text(f"subject.examples.{each}"),
        key=key,
        required=True,
    )
    selected = frames.AnswerFilter(url_state.value(key))
    if selected is not frames.AnswerFilter.FLIPPED:
        return frames.filter_answers(answers, selected)
    other_subjects = _other_subjects(card, name)
    if not other_subjects:
        st.info(text("subject.examples.no_other"))
        return None
    others = subject_options(card.store).among(other_subjects)
    against = st.selectbox(
        text("subject.examples.against"),
        list(others.labels),
        format_func=others.labels.__getitem__,
        key=subject_key(others, "against"),
    )
    both = frames.joined_answers(answers, _answers(card, other_subjects[against]))
    filtered = frames.filter_answers(both, selected)
    lost = int((~filtered["right"]).sum())
    st.caption(text("subject.examples.flips", n=len(both), lost=lost, won=len(filtered) - lost))
    return filtered


def _other_subjects(card: Card, name: str) -> dict[str, DeviceEvaluation]:
    """Return the newest evaluations of the other subjects that were measured on the same task, by identity."""
    measured = {}
    for identity in subject_options(card.store).labels:
        if identity != card.results.identity:
            evaluation = newest(cached_evaluations(card.store, identity)).get(name)
            if evaluation is not None:
                measured[identity] = evaluation
    return measured


def _page(store: Store, evaluated: DeviceEvaluation, rows: pd.DataFrame, total: int) -> None:
    task = evaluated.evaluation.task
    texts_of_task = texts(task.identity, task, store)
    rows = rows.assign(text=rows["example"].map(texts_of_task.by_id))
    left_column, right_column = st.columns((3, 1))
    if texts_of_task.by_id:
        pattern = left_column.text_input(text("subject.examples.words"), key=url_state.string("words"))
        if pattern:
            rows = rows[rows["text"].str.contains(pattern, case=False, regex=False, na=False)]
    if rows.empty:
        st.info(text("subject.examples.none"))
        return
    pages = -(-len(rows) // _SIZE)
    number = 1
    if pages > 1:
        key = url_state.number("page", 1, low=1, high=pages)
        url_state.put(key, min(url_state.value(key), pages))
        label = text("subject.examples.page", pages=pages)
        number = right_column.number_input(label, min_value=1, max_value=pages, key=key)
    page_rows, _, _ = frames.page_of(rows, int(number), _SIZE)
    st.caption(text("subject.examples.counted", shown=len(rows), all=total))
    st.dataframe(
        _readable(page_rows),
        hide_index=True,
        height="content",
        column_order=[
            name for name in _COLUMNS if name in page_rows and (name != "part" or (page_rows["part"] != "").any())
        ],
        column_config={
            **{name: text(f"subject.columns.{name}") for name in _COLUMNS},
            "text": st.column_config.TextColumn(text("subject.columns.text"), width="large"),
            "confidence": st.column_config.NumberColumn(text("subject.columns.confidence"), format="%.3f"),
        },
    )
    st.caption(
        text("subject.examples.no_text", reason=plain(texts_of_task.reason))
        if texts_of_task.reason
        else text("subject.texts")
    )


def _readable(rows: pd.DataFrame) -> pd.DataFrame:
    """Return correctness as text with a mark."""
    marks = {True: text("subject.examples.yes"), False: text("subject.examples.no")}
    return rows.assign(**{name: rows[name].map(marks) for name in ("right", "right_there") if name in rows})
