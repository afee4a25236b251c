"""Answers: what a subject said of each example, read from what was seen of it; confusions, calibration, flips."""

import math
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd

from leaderboard.axes.accuracy.calibration import BINS
from leaderboard.stats.intervals import proportion
from leaderboard.store.records import StoredObservation

ANSWER_COLUMNS = ("example", "part", "true", "predicted", "right", "confidence")
RELIABILITY_COLUMNS = ("low", "high", "n", "confidence", "right", "right_low", "right_high")
_TYPES = {"right": "bool", "confidence": "float64", **dict.fromkeys(("example", "part", "true", "predicted"), "str")}


class Shown(StrEnum):
    """Which examples are looked at."""

    ALL = "all"
    WRONG = "wrong"
    SURE_AND_WRONG = "sure"
    FLIPPED = "flipped"


def answers(seen: Iterable[StoredObservation], labels: Sequence[str] = ()) -> pd.DataFrame:
    """One row an example that has a true class and an answer, in the order they were seen.

    The answer is the class of the largest probability, its confidence that probability.

    Args:
        seen: of one evaluation; what is no classification is left out.
        labels: names of the classes, for what names none itself.

    Returns:
        `example`; `part`, the distribution it comes from, empty where there is one alone; `true` and `predicted`, names
        of classes; `right`; `confidence`, between 0 and 1.
    """
    rows = [row for each in seen if (row := _answer(each, labels)) is not None]
    return pd.DataFrame(rows, columns=list(ANSWER_COLUMNS)).astype(_TYPES)


def confusion(given: pd.DataFrame, labels: Sequence[str] = ()) -> pd.DataFrame:
    """How many examples of each true class (rows) were said to be of which (columns).

    Args:
        given: from `answers`.
        labels: the classes in their order; those that occur beside them follow, in the order of their names.

    Returns:
        A square of counts; empty where there is no answer.
    """
    met = set(given["true"]) | set(given["predicted"])
    order = [*(name for name in labels if met), *sorted(met - set(labels))]
    counts = pd.crosstab(given["true"], given["predicted"])
    return counts.reindex(index=order, columns=order, fill_value=0).astype("int64")


def reliability(given: pd.DataFrame, bins: int = BINS) -> pd.DataFrame:
    """Confidence against how often the answer is right, in bins of equal width: the ones ECE is the mean gap of.

    A bin is open below and closed above (Guo et al. 2017). Bins that nothing fell into are left out.

    Args:
        given: from `answers`.
        bins: how many between 0 and 1.

    Returns:
        One row a bin: its ends; `n`; the mean `confidence`; the share that is `right` with Wilson's 95 % interval.
    """
    place = np.clip(np.ceil(given["confidence"].to_numpy() * bins).astype(np.intp) - 1, 0, bins - 1)
    rows = []
    for index, found in given.groupby(place, sort=True):
        share = proportion(int(found["right"].sum()), len(found))
        ends = (int(str(index)) / bins, (int(str(index)) + 1) / bins)
        rows.append((*ends, len(found), found["confidence"].mean(), share.value, share.low, share.high))
    return pd.DataFrame(rows, columns=list(RELIABILITY_COLUMNS))


def with_other(given: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """The answers to what both subjects were asked, with what the other one said in `predicted_there`, `right_there`.

    Args:
        given: from `answers`.
        other: another subject's.
    """
    there = other[["example", "predicted", "right", "confidence"]]
    return given.merge(there, on="example", how="inner", suffixes=("", "_there"))


def looked_at(given: pd.DataFrame, which: Shown) -> pd.DataFrame:
    """The answers that are asked for; the surest first where that is what is asked.

    Args:
        given: from `answers`, and through `with_other` where flips are asked for: those whose rightness differs.
        which: of them.
    """
    match which:
        case Shown.ALL:
            found = given
        case Shown.WRONG:
            found = given[~given["right"]]
        case Shown.SURE_AND_WRONG:
            found = given[~given["right"]].sort_values("confidence", ascending=False, kind="stable")
        case Shown.FLIPPED:
            found = given[given["right"] != given["right_there"]].sort_values("right", kind="stable")
    return found.reset_index(drop=True)


def page_of(rows: pd.DataFrame, number: int, size: int) -> tuple[pd.DataFrame, int, int]:
    """One page of rows, its number and how many pages there are; a number out of reach gives the nearest page.

    Args:
        rows: all of them.
        number: from 1.
        size: rows a page.
    """
    pages = max(1, math.ceil(len(rows) / size))
    number = min(max(1, number), pages)
    return rows.iloc[(number - 1) * size : number * size].reset_index(drop=True), number, pages


def _answer(seen: StoredObservation, labels: Sequence[str]) -> Mapping[str, Any] | None:
    data = seen.data
    truth, scores = data.get("label"), data.get("log_probabilities")
    if not isinstance(truth, int) or not isinstance(scores, list) or not scores:
        return None
    logs = np.asarray(scores, dtype=np.float64)
    said = int(logs.argmax())
    weights = np.exp(logs - logs[said])
    return {
        "example": seen.example_id,
        "part": str(data.get("distribution", "")),
        "true": str(data.get("true", _name(truth, labels))),
        "predicted": str(data.get("predicted", _name(said, labels))),
        "right": said == truth,
        "confidence": float(weights[said] / weights.sum()),
    }


def _name(index: int, labels: Sequence[str]) -> str:
    return labels[index] if 0 <= index < len(labels) else f"class {index}"
