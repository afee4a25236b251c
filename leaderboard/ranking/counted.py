"""Which estimates count in a ranking: one each subject, task and headline metric."""

from collections.abc import Collection
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
import pandas as pd

from leaderboard.axes.catalogue import METRICS
from leaderboard.ranking.measured import fullest_places
from leaderboard.ranking.weighing import FloatArray
from leaderboard.stats.estimate import Status

BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]
Pairs = Collection[tuple[str, str]]
"""(task, metric) of headline numbers."""
CATALOGUE_PLACES = {name: place for place, name in enumerate(METRICS)}


@dataclass(frozen=True, slots=True)
class Counted:
    """The m estimates that count, one each subject, task and metric; all arrays have shape (m,).

    Attributes:
        subject: whose each is, from 0.
        metric: its place in the catalogue (`CATALOGUE_PLACES`).
        task: place of its task among the names.
        value, low, high: NaN ends where none are known.
        n: examples behind each.
    """

    subject: IntArray
    metric: IntArray
    task: IntArray
    value: FloatArray
    low: FloatArray
    high: FloatArray
    n: IntArray

    def only(self, kept: BoolArray) -> "Counted":
        """Some of the estimates; `kept` has shape (m,)."""
        return Counted(*(getattr(self, each.name)[kept] for each in fields(self)))


def counted_estimates(
    frame: pd.DataFrame, subject: IntArray, required: Pairs | None = None
) -> tuple[Counted, list[str]]:
    """The headline estimates of a frame that count, one each subject, task and metric, and the names of the tasks.

    Args:
        frame: estimates with the columns of `leaderboard.store.frames.estimates_frame`.
        subject: whose each row is, from 0.
        required: (task, metric) that count; all of them where None.
    """
    measured = (frame["headline"] & (frame["status"] == Status.MEASURED.value)).to_numpy(dtype=np.bool_)
    metric = frame["metric"].map(CATALOGUE_PLACES).fillna(-1).to_numpy(dtype=np.int64)
    counts = measured & (metric >= 0)
    if required is not None:
        counts &= pd.MultiIndex.from_frame(frame[["task", "metric"]]).isin(list(required))
    rows, metric, subject = frame[counts], metric[counts], subject[counts]
    task, tasks = pd.factorize(rows["task"])
    n = rows["n"].to_numpy(dtype=np.int64)
    kept = fullest_places(
        (subject * len(tasks) + task) * len(METRICS) + metric,
        rows["task_version"].to_numpy(dtype=np.int64),
        n,
        rows["evaluated_at"].to_numpy(dtype="datetime64[us]").view(np.int64),
    )
    value, low, high = (rows[name].to_numpy(dtype=np.float64)[kept] for name in ("value", "low", "high"))
    places, of_task = metric[kept].astype(np.int64), task[kept].astype(np.int64)
    return Counted(subject[kept], places, of_task, value, low, high, n[kept]), list(tasks)
