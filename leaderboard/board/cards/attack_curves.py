"""Attack curves of a subject: how well membership attacks recognise its training data."""

import pandas as pd
import streamlit as st

from leaderboard.board.figures.attack_curves import attack_curves_figure
from leaderboard.board.frames.attack_curves import ONE_PERCENT, attack_curves
from leaderboard.board.theme import draw
from leaderboard.board.translations import plain, text
from leaderboard.quantities import quantity


def show(rows: pd.DataFrame) -> None:
    """Show the ROC curves of each task with membership attacks, and nothing where there is none.

    Args:
        rows: rows of `store.frames.estimates_frame` of one subject on one portion.
    """
    for task, curves in attack_curves(rows).groupby("task", sort=True):
        st.subheader(text("subject.attacks.heading", task=plain(str(task))), anchor=False)
        summary = _summary(curves)
        draw(attack_curves_figure(curves, _words), f"attacks {task}", alt=summary)
        st.caption(plain(summary))
        st.caption(text("subject.attacks.note"))


def _summary(curves: pd.DataFrame) -> str:
    """Return the true positive rate of each attack at a false positive rate of 1 %, the text of the figure."""
    rates = [
        f"{attack} {quantity(tpr, low, high, '')}"
        for attack, fpr, tpr, low, high in curves[["attack", "fpr", "tpr", "low", "high"]].itertuples(
            index=False, name=None
        )
        if fpr == ONE_PERCENT
    ]
    return f"{_words('at_one_percent')}: {', '.join(rates) if rates else _words('too_few')}"


def _words(name: str) -> str:
    return text(f"subject.attacks.{name}")
