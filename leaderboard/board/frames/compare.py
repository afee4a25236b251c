"""Subjects compared with a reference: each difference with its interval, significance and detectable effect."""

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
    "assessment",
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


class Assessment(StrEnum):
    """How a subject compares with the reference on one number."""

    BETTER = "better"
    WORSE = "worse"
    UNCLEAR = "unclear"
    SAME = "same"
    UNKNOWN = "unknown"


def differences(comparisons: Sequence[Comparison], *, headlines: bool) -> pd.DataFrame:
    """Return one row for each number of a subject, as difference from the reference: subject minus reference.

    Args:
        comparisons: comparisons of a subject (`first`) with the reference (`second`).
        headlines: whether to return only numbers that count in the ranking.

    Returns:
        `DIFFERENCE_COLUMNS`: `first`, `second`, `difference` and `minimum_detectable` are texts for people; `value`,
        `low` and `high` are the difference in `unit`, missing where it is unknown, with a `reason`.
    """
    rows = [
        _row(comparison.first, each)
        for comparison in comparisons
        for each in comparison.differences
        if each.in_family or not headlines
    ]
    return pd.DataFrame(rows, columns=list(DIFFERENCE_COLUMNS)).astype(dict.fromkeys(_NUMBERS, "float64"))


def assessment_of(difference: Difference) -> Assessment:
    """Return whether the first is better, worse, the same, or not significantly different."""
    if difference.difference.value is None or difference.better is None:
        return Assessment.UNKNOWN
    if difference.certain:
        return Assessment.BETTER if difference.better > 0 else Assessment.WORSE
    return Assessment.SAME if difference.difference.value == 0 else Assessment.UNCLEAR


def counted(frame: pd.DataFrame) -> dict[Assessment, int]:
    """Return the number of differences of each assessment.

    Args:
        frame: from `differences`.
    """
    return {assessment: int((frame["assessment"] == assessment.value).sum()) for assessment in Assessment}


def _row(subject: str, each: Difference) -> dict[str, object]:
    metric, estimate = each.metric, each.difference
    value, low, high = estimate.value, estimate.low, estimate.high
    unit = metric.unit
    return {
        "subject": subject,
        "axis": each.axis.value,
        "task": each.task,
        "metric": f"{metric.name}{PART}{each.part}" if each.part else metric.name,
        "better": metric.better.value,
        "assessment": assessment_of(each).value,
        "first": _text(each.first.value, each.first.low, each.first.high, unit),
        "second": _text(each.second.value, each.second.low, each.second.high, unit),
        "difference": _text(value, low, high, unit),
        "value": value,
        "low": low,
        "high": high,
        "unit": unit,
        "n": estimate.n,
        "paired": each.paired,
        "test": each.test,
        "p": each.p,
        "p_holm": each.p_holm,
        "minimum_detectable": _text(each.minimum_detectable, None, None, unit),
        "headline": each.in_family,
        "reason": estimate.reason,
    }


def _text(value: float | None, low: float | None, high: float | None, unit: str) -> str:
    return UNKNOWN if value is None else quantity(value, low, high, unit)
