"""Classification results of a subject: report by class, confusion matrix and calibration."""

import pandas as pd
import streamlit as st

from leaderboard.board.cached_store import cached
from leaderboard.board.cards.selection import Card, cached_definitions, choose_task, observations
from leaderboard.board.figures.subject_card import confusion_figure, reliability_figure
from leaderboard.board.frames import answers as frames
from leaderboard.board.frames.observations import ObservationKind
from leaderboard.board.theme import draw
from leaderboard.board.translations import text
from leaderboard.reports.class_report import class_report, readable_report
from leaderboard.store.class_names import class_names
from leaderboard.store.frames import estimates_frame
from leaderboard.store.subject_history import DeviceEvaluation

_estimates = cached(estimates_frame)


def show(card: Card) -> None:
    """Show the report, the confusion matrix and the calibration of one task."""
    chosen = choose_task(card, ObservationKind.ANSWERS)
    if chosen is None:
        return
    _, evaluated = chosen
    task = evaluated.evaluation.task
    labels = class_names(task.name, {**cached_definitions(card.store), task.name: task.definition})
    answers = frames.answers(observations(card.store, evaluated.evaluation.identity), labels)
    left_column, right_column = st.columns(2, gap="large")
    with left_column:
        st.subheader(text("subject.answers.confusion"), anchor=False)
        draw(confusion_figure(frames.confusion(answers, labels), _words), "confusion")
        st.caption(text("subject.answers.confusion_note"))
    with right_column:
        st.subheader(text("subject.answers.reliability"), anchor=False)
        draw(reliability_figure(frames.reliability(answers), _words), "reliability")
        st.caption(text("subject.answers.reliability_note"))
    st.subheader(text("subject.answers.report"), anchor=False)
    report = class_report(_rows(card, evaluated))
    if report.empty:
        st.caption(text("subject.answers.no_report"))
        return
    readable = readable_report(report)
    readable.columns = pd.Index([text(f"subject.columns.{name.partition(' ')[0]}") for name in readable.columns])
    st.dataframe(readable, hide_index=True, height="content")


def _rows(card: Card, evaluated: DeviceEvaluation) -> pd.DataFrame:
    """Return the estimates of one evaluation."""
    return _estimates(
        card.store,
        evaluations=[evaluated.evaluation.identity],
        portions=[evaluated.evaluation.portion],
    )


def _words(name: str) -> str:
    return text(f"subject.answers.{name}")
