"""One explanation as it is drawn: the answer, the words with their values, and how they were computed."""

import streamlit as st

from leaderboard.board.figures.heat_map import heat_map
from leaderboard.board.frames.attributions import WordScore, ranked_words
from leaderboard.board.translations import plain, text
from leaderboard.evaluation.explanation import Explanation
from leaderboard.reports.explanations.terminal_text import probability_text


def draw(explanation: Explanation) -> None:
    """Draw the explanation of one subject."""
    st.subheader(plain(explanation.subject), anchor=False)
    st.markdown(
        text(
            "explain.predicts",
            label=f"**{plain(explanation.predicted)}**"
            + (f" · {plain(explanation.target)}" * bool(explanation.target)),
            probability=probability_text(explanation.probabilities[explanation.predicted]),
        )
    )
    st.caption(
        "  ".join(f"{plain(name)} {probability_text(value)}" for name, value in explanation.probabilities.items())
    )
    alt = text("explain.words_alt", label=explanation.label, method=explanation.method)
    st.html(heat_map(_words(explanation), alt))
    if explanation.is_signed:
        st.caption(text("explain.legend", label=plain(explanation.label)))
    st.caption(
        text("explain.method_used", method=plain(explanation.method), passes=explanation.passes, task=explanation.task)
        + ("" if explanation.error is None else " " + text("explain.error", error=f"{explanation.error:.2g}"))
    )
    for note in filter(None, (explanation.caveat, *explanation.notes)):
        st.caption(plain(note))


def _words(explanation: Explanation) -> list[WordScore]:
    return ranked_words(explanation.units, explanation.values.tolist())
