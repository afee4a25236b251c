"""What a subject answered, class by class, and how far its confidence can be trusted."""

import pandas as pd
import streamlit as st

from leaderboard.board.cards.asked import Card, choose_task, known_definitions, observations
from leaderboard.board.drawn import draw
from leaderboard.board.figures.card import confusion_figure, reliability_figure
from leaderboard.board.frames import answers as frames
from leaderboard.board.frames.seen import Kept
from leaderboard.board.opening import remembered
from leaderboard.board.text import text
from leaderboard.reports.classes import class_report, readable_report
from leaderboard.store.frames import estimates_frame
from leaderboard.store.lineage import Evaluated
from leaderboard.store.task_labels import labels_of

_estimates = remembered(estimates_frame)


def show(card: Card) -> None:
    """The report, the confusions and the reliability of one task."""
    chosen = choose_task(card, Kept.ANSWERS)
    if chosen is None:
        return
    _, evaluated = chosen
    task = evaluated.evaluation.task
    labels = labels_of(task.name, {**known_definitions(card.store), task.name: task.definition})
    given = frames.answers(observations(card.store, evaluated.evaluation.identity), labels)
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader(text("subject.answers.confusion"), anchor=False)
        draw(confusion_figure(frames.confusion(given, labels), _words), "confusion")
        st.caption(text("subject.answers.confusion_note"))
    with right:
        st.subheader(text("subject.answers.reliability"), anchor=False)
        draw(reliability_figure(frames.reliability(given), _words), "reliability")
        st.caption(text("subject.answers.reliability_note"))
    st.subheader(text("subject.answers.report"), anchor=False)
    report = class_report(_rows(card, evaluated))
    if report.empty:
        st.caption(text("subject.answers.no_report"))
        return
    readable = readable_report(report)
    readable.columns = pd.Index([text(f"subject.columns.{name.partition(' ')[0]}") for name in readable.columns])
    st.dataframe(readable, hide_index=True, height="content")


def _rows(card: Card, evaluated: Evaluated) -> pd.DataFrame:
    """The estimates of one evaluation."""
    return _estimates(
        card.store,
        evaluations=[evaluated.evaluation.identity],
        portions=[evaluated.evaluation.portion],
    )


def _words(name: str) -> str:
    return text(f"subject.answers.{name}")
