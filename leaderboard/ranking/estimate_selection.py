"""Selection of the estimates that count where a subject was measured several times."""

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from leaderboard.arrays import BoolArray, IntArray
from leaderboard.stats.estimate import Status

if TYPE_CHECKING:
    import pandas as pd

EstimateRecord = Mapping[str, Any]
"""One row of `leaderboard.store.frames.estimates_frame`."""


def fullest(rows: Iterable[EstimateRecord]) -> list[EstimateRecord]:
    """Return the measured rows that count, one for each (task, metric), as `fullest_places` selects them.

    Args:
        rows: estimates of one subject.
    """
    measured = [row for row in rows if row["status"] == Status.MEASURED.value]
    keys: dict[tuple[str, str], int] = {}
    places = fullest_places(
        np.array([keys.setdefault((row["task"], row["metric"]), len(keys)) for row in measured], dtype=np.int64),
        np.array([row["task_version"] for row in measured], dtype=np.int64),
        np.array([row["n"] for row in measured], dtype=np.int64),
        np.array([row["evaluated_at"].timestamp() for row in measured], dtype=np.float64),
    )
    return [measured[place] for place in places]


def fullest_places(
    keys: IntArray, versions: IntArray, n: IntArray, evaluated_at: npt.NDArray[np.float64 | np.int64]
) -> IntArray:
    """Return the places of the measurements that count, one for each key.

    The one of the newest version of the task; of several the one with the most examples, so that a quick look at ten of
    them does not hide a full one; of equally many the newest, of those the last. A number of an older version answers
    another question, however many examples it had.

    Args:
        keys: which number of which subject each is, shape (m,).
        versions: of the task.
        n: examples.
        evaluated_at: in any unit.

    Returns:
        Ascending places among the m.
    """
    order = np.lexsort((evaluated_at, n, versions, keys))  # stable: of the equal ones the last stays last
    last = np.ones(len(order), dtype=np.bool_)
    last[:-1] = keys[order[1:]] != keys[order[:-1]]
    return np.sort(order[last])


def newest_versions(groups: IntArray, versions: IntArray) -> BoolArray:
    """Return whether each measurement is of the newest version of its task within its group.

    A version may count another metric than the one before it; then a subject that was measured on both has headline
    numbers of both, and those of the older version do not count.

    Args:
        groups: which subject and task each is of, numbered from 0, shape (m,).
        versions: of the task.
    """
    newest = np.full(groups.max(initial=-1) + 1, np.iinfo(np.int64).min)
    np.maximum.at(newest, groups, versions)
    return np.asarray(versions == newest[groups])


def of_newest_versions(estimates: "pd.DataFrame") -> "pd.DataFrame":
    """Return the estimates that are of the newest version of the task that their subject was measured on."""
    newest = estimates.groupby(["subject", "task"])["task_version"].transform("max")
    return estimates[estimates["task_version"] == newest]


def number_or_none(number: float | None) -> float | None:
    """Return a number of a frame as a float, and NaN as None."""
    return None if number is None or math.isnan(number) else float(number)
