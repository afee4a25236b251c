"""Ways of answering: tables in which some subjects answer by letters in a chat, and others by likelihoods or heads."""

import pandas as pd

from leaderboard.stats.estimate import Status

_LETTERS = "letters"
"""Name of the recipe that asks a chat for the letter of a choice or class."""


def answer_way_remarks(frame: pd.DataFrame) -> tuple[str, ...]:
    """Return a sentence for each task that some subjects answered by letters, and others did not.

    Args:
        frame: estimates, with the columns of `leaderboard.store.frames.estimates_frame`.
    """
    counted = frame[frame["headline"].astype(bool) & (frame["status"] == Status.MEASURED.value)]
    remarks = []
    for task, rows in counted.groupby("task", sort=True):
        by_letters = rows["recipe"] == _LETTERS
        if by_letters.any() and not by_letters.all():
            named = ", ".join(sorted(set(rows.loc[by_letters, "subject"])))
            remarks.append(
                f"'{task}' was answered in different ways: {named} by letters in a chat, the others by log-likelihoods "
                "or a trained head; these are different measurements (`--subject` ranks those of one way)"
            )
    return tuple(remarks)
