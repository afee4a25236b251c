"""Observations of an evaluation: answers, latencies, explanations, or others that are shown as JSON."""

import json
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

import pandas as pd

from leaderboard.quantities import rounded
from leaderboard.store.records import StoredObservation

OBSERVATION_COLUMNS = ("example", "observation")


class ObservationKind(StrEnum):
    """A kind of observation."""

    ANSWERS = "answers"
    TIMES = "times"
    WORDS = "words"
    OTHER = "other"


def kind_of(data: Mapping[str, Any]) -> ObservationKind:
    """Return the kind of an observation by its contents.

    Args:
        data: contents of one observation.
    """
    if {"label", "log_probabilities"} <= data.keys():
        return ObservationKind.ANSWERS
    if "seconds" in data:
        return ObservationKind.TIMES
    return ObservationKind.WORDS if "explanations" in data else ObservationKind.OTHER


def observations_frame(observations: Iterable[StoredObservation]) -> pd.DataFrame:
    """Return one row for each example with its observation as JSON and its numbers rounded."""
    rows = [(each.example_id, json.dumps(rounded(each.data), ensure_ascii=False)) for each in observations]
    return pd.DataFrame(rows, columns=list(OBSERVATION_COLUMNS))
