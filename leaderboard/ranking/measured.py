"""Which of a subject's estimates count, where it was measured several times."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from leaderboard.stats.estimate import Status

EstimateRecord = Mapping[str, Any]
"""One row of `leaderboard.store.frames.estimates_frame`."""


def fullest(rows: Iterable[EstimateRecord]) -> list[EstimateRecord]:
    """The measured row of each (task, metric) with the most examples; of equally many the newest, of those the last.

    Args:
        rows: estimates of one subject.
    """
    kept: dict[tuple[str, str], EstimateRecord] = {}
    for row in rows:
        if row["status"] == Status.MEASURED.value:
            of = (row["task"], row["metric"])
            if of not in kept or _weight(row) >= _weight(kept[of]):
                kept[of] = row
    return list(kept.values())


def known(number: float | None) -> float | None:
    """A number of a frame, in which NaN stands for one that is not known."""
    return None if number is None or math.isnan(number) else float(number)


def _weight(row: EstimateRecord) -> tuple[Any, Any]:
    return row["n"], row["evaluated_at"]
