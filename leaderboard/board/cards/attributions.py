"""The words that determined a subject's answers, by each explainer."""

import streamlit as st

from leaderboard.axes.explainability.text_explanation import RANDOM
from leaderboard.board import links, url_state
from leaderboard.board.cards.selection import Card, cached_definitions, choose_task, observations, texts
from leaderboard.board.figures.heat_map import heat_map
from leaderboard.board.frames.attributions import Explained, explained, word_scores
from leaderboard.board.frames.observations import ObservationKind
from leaderboard.board.subject_options import subject_address
from leaderboard.board.translations import plain, text
from leaderboard.store.class_names import class_names

_LONGEST = 90


def show(card: Card) -> None:
    """Show the words of one text with the scores of all explainers."""
    chosen = choose_task(card, ObservationKind.WORDS)
    if chosen is None:
        return
    _, evaluated = chosen
    task = evaluated.evaluation.task
    by_example = {each.example: each for each in explained(observations(card.store, evaluated.evaluation.identity))}
    texts_of_task = texts(task.identity, task, card.store)
    ids = list(by_example)
    example = st.selectbox(
        text("subject.words.text"),
        ids,
        format_func=lambda each: _short(each, texts_of_task.by_id.get(each)),
        key=url_state.choice("example", ids),
    )
    explanation = by_example[example]
    labels = class_names(task.name, {**cached_definitions(card.store), task.name: task.definition})
    label = explanation.label or (
        labels[explanation.predicted] if 0 <= explanation.predicted < len(labels) else str(explanation.predicted)
    )
    st.markdown(
        text(
            "subject.words.predicted", label=f"**{plain(label)}**", probability=plain(f"{explanation.probability:.3f}")
        )
    )
    for explainer in explanation.scores:
        st.caption(plain(_called(explainer)))
        _map(explanation, explainer, texts_of_task.by_id.get(example))
    st.caption(text("subject.words.legend"))
    if texts_of_task.reason:
        st.info(text("subject.words.no_text", reason=plain(texts_of_task.reason)))
    else:
        st.caption(text("subject.texts"))
        links.to_explain(subject_address(card.results.label, card.results.identity), task.name, example)


def _map(explanation: Explained, explainer: str, example_text: str | None) -> None:
    scored = word_scores(explanation, explainer, example_text)
    st.html(heat_map(scored, f"{text('subject.words.map')}: {_called(explainer)}"))


def _called(explainer: str) -> str:
    return text("subject.words.random") if explainer == RANDOM else explainer.replace("_", " ")


def _short(example: str, example_text: str | None) -> str:
    if example_text is None:
        return example
    return f"{example} · {example_text[:_LONGEST]}{'…' if len(example_text) > _LONGEST else ''}"
