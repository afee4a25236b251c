"""Explain: which words speak for a subject's answer to a text, typed here or an example of its tasks."""

from collections.abc import Mapping

import streamlit as st

from leaderboard.attributions.registry import attribution_methods
from leaderboard.board import url_state
from leaderboard.board.cached_store import board_store
from leaderboard.board.cards import explanation
from leaderboard.board.cards.selection import Card, choose_subject, texts
from leaderboard.board.explaining import Question, explanations
from leaderboard.board.frames.subject import newest
from leaderboard.board.subject_choice import subject_key, subject_options
from leaderboard.board.translations import labels, text
from leaderboard.errors import RequestError
from leaderboard.evaluation.explanation import side_by_side
from leaderboard.evaluation.explanation_kinds import KINDS
from leaderboard.evaluation.explanation_kinds.tag_of_words import TagOfWords
from leaderboard.store.repository import Store

SOURCES = ("own", "example")
ANY = "any"
HEIGHT = 160
LONGEST = 90
LAST = "explain: last question"
"""Key of the session for the question that is answered below; the texts that people type are in no address."""


def main() -> None:
    """Ask for a subject and a text, and show the explanation of the last question."""
    st.title(text("explain.title"), anchor=False)
    st.caption(text("explain.what"))
    store = board_store()
    card = choose_subject(store)
    left_column, middle_column, right_column = st.columns(3)
    with left_column:
        against = choose_other(store, card)
    with middle_column:
        method = choose_method()
    with right_column:
        kind, word = choose_answer()
    task, typed = choose_text(card)
    if st.button(text("explain.button"), icon=":material/lightbulb:"):
        if typed.strip():
            st.session_state[LAST] = Question(
                text=typed,
                subject=card.results.identity,
                against=against,
                method=method,
                task=task,
                kind=kind,
                word=word,
            )
        else:
            st.info(text("explain.empty"))
    if LAST in st.session_state:
        answer(st.session_state[LAST], card)


def choose_other(store: Store, card: Card) -> str:
    """Show the selection of another subject, and return its identity; empty for none."""
    options = subject_options(store)
    options = options.among(options.labels.keys() - {card.results.identity})
    return str(
        st.selectbox(
            text("explain.against"),
            ["", *options.labels],
            format_func=lambda identity: options.labels.get(identity) or text("explain.no_other"),
            key=subject_key(options, "against", none=True),
        )
    )


def choose_method() -> str:
    """Show the selection of an attribution method; empty for the default one."""
    names = ["", *attribution_methods()]
    return str(
        st.selectbox(
            text("explain.method"),
            names,
            format_func=lambda name: name.replace("_", " ") or text("explain.default"),
            key=url_state.choice("method", names),
        )
    )


def choose_answer() -> tuple[str, str]:
    """Show the selection of the kind of answer, and of a word for a tagger; both empty by default."""
    names = [ANY, *KINDS]
    kind = str(
        st.selectbox(
            text("explain.kind"), names, format_func=labels("explain.kinds", names), key=url_state.choice("kind", names)
        )
    )
    word = st.text_input(text("explain.word"), key="explain: word").strip() if kind == TagOfWords.name else ""
    return "" if kind == ANY else kind, word


def choose_text(card: Card) -> tuple[str, str]:
    """Show the text, and return it after the task that it is an example of; without a task where it is typed."""
    key = url_state.choice("source", SOURCES)
    st.segmented_control(
        text("explain.source"), SOURCES, format_func=labels("explain.sources", SOURCES), key=key, required=True
    )
    if url_state.value(key) == "own":
        return "", st.text_area(text("explain.text"), key="explain: text", height=HEIGHT)
    examples = examples_of(card)
    if not examples:
        st.info(text("explain.no_examples"))
        return "", ""
    left_column, right_column = st.columns([1, 3])
    task = left_column.selectbox(text("explain.task"), list(examples), key=url_state.choice("task", examples))
    by_id = examples[task]
    name = right_column.selectbox(
        text("explain.example"),
        list(by_id),
        format_func=lambda each: f"{each} · {by_id[each][:LONGEST]}",
        key=url_state.choice("example", by_id),
    )
    st.text_area(text("explain.text"), by_id[name], disabled=True, height=HEIGHT)
    return task, by_id[name]


def examples_of(card: Card) -> Mapping[str, Mapping[str, str]]:
    """Return the texts on this machine of the tasks that a subject was measured on, by task and example."""
    tasks = (evaluated.evaluation.task for evaluated in newest(card.evaluated).values())
    read = {task.name: texts(task.identity, task, card.store).by_id for task in tasks}
    return {name: by_id for name, by_id in read.items() if by_id}


def answer(question: Question, card: Card) -> None:
    """Show the explanation of each subject side by side, or why there is none."""
    try:
        with st.spinner(text("explain.running")):
            answers = explanations(question, version=(card.store.url, len(card.evaluated)))
    except RequestError as error:
        st.warning(text("explain.refused"))
        st.code(str(error), language=None, wrap_lines=True)
        return
    for row in side_by_side(answers):  # a tagger has a row for each span
        for column, each in zip(st.columns(len(row)), row, strict=True):
            with column:
                explanation.draw(each)


main()
