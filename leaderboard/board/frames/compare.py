"""Subjects against one of them: each difference with its interval, what chance explains, and what could be seen."""

from collections.abc import Sequence
from enum import StrEnum

import pandas as pd

from leaderboard.comparison.compare import Comparison, Difference
from leaderboard.quantities import UNKNOWN, quantity
from leaderboard.store.frames import PART

DIFFERENCE_COLUMNS = (
    "subject",
    "axis",
    "task",
    "metric",
    "better",
    "said",
    "first",
    "second",
    "difference",
    "value",
    "low",
    "high",
    "unit",
    "n",
    "paired",
    "test",
    "p",
    "p_holm",
    "minimum_detectable",
    "headline",
    "reason",
)
_NUMBERS = ("value", "low", "high", "p", "p_holm")


class Said(StrEnum):
    """What a difference says of a subject against the reference."""

    BETTER = "better"
    WORSE = "worse"
    UNCLEAR = "unclear"
    SAME = "same"
    UNKNOWN = "unknown"


def differences(found: Sequence[Comparison], *, headlines: bool) -> pd.DataFrame:
    """One row a number of a subject, as differences from the reference: subject minus reference.

    Args:
        found: each of a subject (`first`) with the reference (`second`).
        headlines: those alone that count in the ranking.

    Returns:
        `DIFFERENCE_COLUMNS`: `first`, `second`, `difference` and `minimum_detectable` are texts for people; `value`,
        `low` and `high` are the difference in `unit`, missing where it is not known, which `reason` tells.
    """
    rows = [
        _row(comparison.first, each)
        for comparison in found
        for each in comparison.differences
        if each.in_family or not headlines
    ]
    return pd.DataFrame(rows, columns=list(DIFFERENCE_COLUMNS)).astype(dict.fromkeys(_NUMBERS, "float64"))


def said_of(difference: Difference) -> Said:
    """Whether the first is better, worse, the same, or chance may explain the difference."""
    if difference.difference.value is None or difference.better is None:
        return Said.UNKNOWN
    if difference.certain:
        return Said.BETTER if difference.better > 0 else Said.WORSE
    return Said.SAME if difference.difference.value == 0 else Said.UNCLEAR


def counted(frame: pd.DataFrame) -> dict[Said, int]:
    """How many differences say what.

    Args:
        frame: from `differences`.
    """
    return {said: int((frame["said"] == said.value).sum()) for said in Said}


def _row(subject: str, each: Difference) -> dict[str, object]:
    metric, known = each.metric, each.difference
    value, low, high = known.value, known.low, known.high
    unit = metric.unit
    return {
        "subject": subject,
        "axis": each.axis.value,
        "task": each.task,
        "metric": f"{metric.name}{PART}{each.part}" if each.part else metric.name,
        "better": metric.better.value,
        "said": said_of(each).value,
        "first": _text(each.first.value, each.first.low, each.first.high, unit),
        "second": _text(each.second.value, each.second.low, each.second.high, unit),
        "difference": _text(value, low, high, unit),
        "value": value,
        "low": low,
        "high": high,
        "unit": unit,
        "n": known.n,
        "paired": each.paired,
        "test": each.test,
        "p": each.p,
        "p_holm": each.p_holm,
        "minimum_detectable": _text(each.minimum_detectable, None, None, unit),
        "headline": each.in_family,
        "reason": known.reason,
    }


def _text(value: float | None, low: float | None, high: float | None, unit: str) -> str:
    return UNKNOWN if value is None else quantity(value, low, high, unit)
