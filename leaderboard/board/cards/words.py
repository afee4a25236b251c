"""Which words carried a subject's answers, by each explainer."""

import streamlit as st

from leaderboard.axes.explainability.explainers import Explainer
from leaderboard.board import address
from leaderboard.board.cards.asked import Card, choose_task, known_definitions, observations, texts
from leaderboard.board.figures.words import heat_map
from leaderboard.board.frames.attributions import Explained, explained, word_scores
from leaderboard.board.frames.seen import Kept
from leaderboard.board.text import plain, text
from leaderboard.store.task_labels import labels_of

_LONGEST = 90


def show(card: Card) -> None:
    """The words of one text, and beside them all explainers."""
    chosen = choose_task(card, Kept.WORDS)
    if chosen is None:
        return
    _, evaluated = chosen
    task = evaluated.evaluation.task
    found = {each.example: each for each in explained(observations(card.store, evaluated.evaluation.identity))}
    read = texts(task.identity, task)
    ids = list(found)
    example = st.selectbox(
        text("subject.words.text"),
        ids,
        format_func=lambda each: _short(each, read.by_id.get(each)),
        key=address.choice("example", ids),
    )
    one = found[example]
    labels = labels_of(task.name, {**known_definitions(card.store), task.name: task.definition})
    label = one.label or (labels[one.predicted] if one.predicted < len(labels) else str(one.predicted))
    st.markdown(
        text("subject.words.predicted", label=f"**{plain(label)}**", probability=plain(f"{one.probability:.3f}"))
    )
    for explainer in one.scores:
        st.caption(plain(_called(explainer)))
        _map(one, explainer, read.by_id.get(example))
    st.caption(text("subject.words.legend"))
    if read.reason:
        st.info(text("subject.words.no_text", reason=plain(read.reason)))
    else:
        st.caption(text("subject.texts"))


def _map(one: Explained, explainer: str, said: str | None) -> None:
    scored = word_scores(one, explainer, said)
    st.html(heat_map(scored, f"{text('subject.words.map')}: {_called(explainer)}"))


def _called(explainer: str) -> str:
    return text("subject.words.random") if explainer == Explainer.RANDOM.value else explainer.replace("_", " ")


def _short(example: str, said: str | None) -> str:
    if said is None:
        return example
    return f"{example} · {said[:_LONGEST]}{'…' if len(said) > _LONGEST else ''}"
