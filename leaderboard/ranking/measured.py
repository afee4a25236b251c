"""Which of a subject's estimates count, where it was measured several times."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from leaderboard.stats.estimate import Status

EstimateRecord = Mapping[str, Any]
"""One row of `leaderboard.store.frames.estimates_frame`."""
IntArray = npt.NDArray[np.int64]


def fullest(rows: Iterable[EstimateRecord]) -> list[EstimateRecord]:
    """The measured rows that count, one each (task, metric); see `fullest_places`.

    Args:
        rows: estimates of one subject.
    """
    measured = [row for row in rows if row["status"] == Status.MEASURED.value]
    keys: dict[tuple[str, str], int] = {}
    kept = fullest_places(
        np.array([keys.setdefault((row["task"], row["metric"]), len(keys)) for row in measured], dtype=np.int64),
        np.array([row["task_version"] for row in measured], dtype=np.int64),
        np.array([row["n"] for row in measured], dtype=np.int64),
        np.array([row["evaluated_at"].timestamp() for row in measured], dtype=np.float64),
    )
    return [measured[place] for place in kept]


def fullest_places(
    keys: IntArray, versions: IntArray, n: IntArray, evaluated_at: npt.NDArray[np.float64 | np.int64]
) -> IntArray:
    """Where the measurements that count stand, one each key.

    That of the newest version of the task; of several the one with the most examples, so that a quick look at ten of
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


def known(number: float | None) -> float | None:
    """A number of a frame, in which NaN stands for one that is not known."""
    return None if number is None or math.isnan(number) else float(number)
