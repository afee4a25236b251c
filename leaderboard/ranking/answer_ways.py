"""Ways of answering: tables in which some subjects answer by letters in a chat, and others by likelihoods or heads."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from leaderboard.axes.protocol import protocols
from leaderboard.backends.capability import Capability
from leaderboard.stats.estimate import Status

_LETTERS = "letters"
"""Name of the recipe that asks a chat for the letter of a choice or class."""
_BY_LETTERS = frozenset({Capability.CHOOSE, Capability.CLASSIFY})
"""Capabilities that it gives."""


def answer_way_remarks(frame: pd.DataFrame, definitions: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    """Return a sentence for each task that some subjects answered by letters, and others did not.

    Args:
        frame: estimates, with the columns of `leaderboard.store.frames.estimates_frame`.
        definitions: task files as JSON, by name.
    """
    counted = frame[frame["headline"].astype(bool) & (frame["status"] == Status.MEASURED.value)]
    remarks = []
    for task, rows in counted.groupby("task", sort=True):
        by_letters = rows["recipe"] == _LETTERS
        if by_letters.any() and not by_letters.all() and _asks_by_letters(definitions.get(str(task), {})):
            named = ", ".join(sorted(set(rows.loc[by_letters, "subject"])))
            remarks.append(
                f"'{task}' was answered in different ways: {named} by letters in a chat, the others by log-likelihoods "
                "or a trained head; these are different measurements (`--subject` ranks those of one way)"
            )
    return tuple(remarks)


def _asks_by_letters(definition: Mapping[str, Any]) -> bool:
    """Return whether the protocol of a task asks for a choice or class; one of a missing plug-in is unknown."""
    name = str(definition.get("protocol"))
    return name in protocols and bool(protocols.get(name).needs & _BY_LETTERS)
