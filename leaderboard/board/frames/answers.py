"""Answers of a subject, read from its observations: confusion matrix, calibration and flips."""

import math
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd

from leaderboard.axes.accuracy.calibration import BINS
from leaderboard.stats.intervals import proportion
from leaderboard.store.records import StoredObservation
from leaderboard.store.stored_protocols import reading_observations

ANSWER_COLUMNS = ("example", "part", "true", "predicted", "right", "confidence")
RELIABILITY_COLUMNS = ("low", "high", "n", "confidence", "right", "right_low", "right_high")
_TYPES = {"right": "bool", "confidence": "float64", **dict.fromkeys(("example", "part", "true", "predicted"), "str")}


class AnswerFilter(StrEnum):
    """Selection of examples on a page."""

    ALL = "all"
    WRONG = "wrong"
    SURE_AND_WRONG = "sure"
    FLIPPED = "flipped"


def answers(observations: Iterable[StoredObservation], labels: Sequence[str] = ()) -> pd.DataFrame:
    """Return one row for each example with a true class and an answer, in the order of the observations.

    The answer is the class of the largest probability, its confidence that probability.

    Args:
        observations: observations of one evaluation; those of other tasks than classification are left out.
        labels: names of the classes, for observations without names.

    Raises:
        UnreadableObservationsError: for an observation that no protocol writes.

    Returns:
        `example`; `part`, its distribution, empty if there is only one; `true` and `predicted`, names
        of classes; `right`; `confidence`, between 0 and 1.
    """
    with reading_observations():
        rows = [row for each in observations if (row := _answer(each, labels)) is not None]
        return pd.DataFrame(rows, columns=list(ANSWER_COLUMNS)).astype(_TYPES)


def confusion(rows: pd.DataFrame, labels: Sequence[str] = ()) -> pd.DataFrame:
    """Return the number of examples of each true class (rows) by predicted class (columns).

    Args:
        rows: frame from `answers`.
        labels: the classes in their order; other classes follow in alphabetical order.

    Returns:
        A square of counts; empty where there is no answer.
    """
    present = set(rows["true"]) | set(rows["predicted"])
    order = [*(name for name in labels if present), *sorted(present - set(labels))]
    counts = pd.crosstab(rows["true"], rows["predicted"])
    return counts.reindex(index=order, columns=order, fill_value=0).astype("int64")


def reliability(answered: pd.DataFrame, bins: int = BINS) -> pd.DataFrame:
    """Return confidence and the share of correct answers in bins of equal width, the bins of ECE.

    A bin is open below and closed above (Guo et al. 2017). Empty bins are left out.

    Args:
        answered: frame from `answers`.
        bins: number of bins between 0 and 1.

    Returns:
        One row a bin: its ends; `n`; the mean `confidence`; the share that is `right` with Wilson's 95 % interval.
    """
    place = np.clip(np.ceil(answered["confidence"].to_numpy() * bins).astype(np.intp) - 1, 0, bins - 1)
    rows = []
    for index, in_bin in answered.groupby(place, sort=True):
        share = proportion(int(in_bin["right"].sum()), len(in_bin))
        ends = (int(str(index)) / bins, (int(str(index)) + 1) / bins)
        rows.append((*ends, len(in_bin), in_bin["confidence"].mean(), share.value, share.low, share.high))
    return pd.DataFrame(rows, columns=list(RELIABILITY_COLUMNS))


def joined_answers(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """Return the answers to the examples of both subjects, with the second's in `predicted_there`, `right_there`.

    Args:
        first: frame from `answers`.
        second: frame of another subject.
    """
    second_answers = second[["example", "predicted", "right", "confidence"]]
    return first.merge(second_answers, on="example", how="inner", suffixes=("", "_there"))


def filter_answers(rows: pd.DataFrame, selected: AnswerFilter) -> pd.DataFrame:
    """Return the selected answers, sorted by confidence where the filter asks for it.

    Args:
        rows: frame from `answers`; for flips from `joined_answers`.
        selected: the filter.
    """
    match selected:
        case AnswerFilter.ALL:
            filtered = rows
        case AnswerFilter.WRONG:
            filtered = rows[~rows["right"]]
        case AnswerFilter.SURE_AND_WRONG:
            filtered = rows[~rows["right"]].sort_values("confidence", ascending=False, kind="stable")
        case AnswerFilter.FLIPPED:
            filtered = rows[rows["right"] != rows["right_there"]].sort_values("right", kind="stable")
    return filtered.reset_index(drop=True)


def page_of(rows: pd.DataFrame, number: int, size: int) -> tuple[pd.DataFrame, int, int]:
    """Return one page of rows, its number and the number of pages; an invalid number gives the nearest page.

    Args:
        rows: all rows.
        number: number of the page, from 1.
        size: rows on a page.
    """
    pages = max(1, math.ceil(len(rows) / size))
    number = min(max(1, number), pages)
    return rows.iloc[(number - 1) * size : number * size].reset_index(drop=True), number, pages


def _answer(observation: StoredObservation, labels: Sequence[str]) -> Mapping[str, Any] | None:
    data = observation.data
    truth, scores = data.get("label"), data.get("log_probabilities")
    if not isinstance(truth, int) or not isinstance(scores, list) or not scores:
        return None
    logs = np.asarray(scores, dtype=np.float64)
    predicted = int(logs.argmax())
    weights = np.exp(logs - logs[predicted])
    return {
        "example": observation.example_id,
        "part": str(data.get("distribution", "")),
        "true": str(data.get("true", _name(truth, labels))),
        "predicted": str(data.get("predicted", _name(predicted, labels))),
        "right": predicted == truth,
        "confidence": float(weights[predicted] / weights.sum()),
    }


def _name(index: int, labels: Sequence[str]) -> str:
    return labels[index] if 0 <= index < len(labels) else f"class {index}"
