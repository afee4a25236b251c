"""What was kept of an evaluation: answers, times, explanations, or something that is shown as it is."""

import json
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

import pandas as pd

from leaderboard.quantities import rounded
from leaderboard.store.records import StoredObservation

SEEN_COLUMNS = ("example", "seen")


class Kept(StrEnum):
    """A kind of observation."""

    ANSWERS = "answers"
    TIMES = "times"
    WORDS = "words"
    OTHER = "other"


def kept(data: Mapping[str, Any]) -> Kept:
    """What an observation is, by what it holds.

    Args:
        data: of one observation.
    """
    if {"label", "log_probabilities"} <= data.keys():
        return Kept.ANSWERS
    if "seconds" in data:
        return Kept.TIMES
    return Kept.WORDS if "explanations" in data else Kept.OTHER


def seen_frame(seen: Iterable[StoredObservation]) -> pd.DataFrame:
    """One row an example with what was seen of it as JSON, its numbers with the digits that one reads."""
    rows = [(each.example_id, json.dumps(rounded(each.data), ensure_ascii=False)) for each in seen]
    return pd.DataFrame(rows, columns=list(SEEN_COLUMNS))
