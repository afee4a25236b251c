"""The estimates that count in a ranking: one for each subject, task and headline metric."""

from collections.abc import Collection
from dataclasses import dataclass, fields

import numpy as np
import pandas as pd

from leaderboard.arrays import BoolArray, FloatArray, IntArray
from leaderboard.axes.catalogue import METRICS
from leaderboard.ranking.estimate_selection import fullest_places, newest_versions
from leaderboard.stats.estimate import Status

Pairs = Collection[tuple[str, str]]
"""(task, metric) of headline numbers."""


@dataclass(frozen=True, slots=True)
class Counted:
    """The m estimates that count, one for each subject, task and metric; all arrays have shape (m,).

    Attributes:
        subject: index of the subject of each.
        metric: index of its metric in the catalogue (`METRICS.places`).
        task: index of its task among the names.
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

    def only(self, mask: BoolArray) -> "Counted":
        """Return the estimates of a mask of shape (m,)."""
        return Counted(*(getattr(self, each.name)[mask] for each in fields(self)))


def counted_estimates(
    frame: pd.DataFrame, subject: IntArray, required: Pairs | None = None
) -> tuple[Counted, list[str]]:
    """Return the headline estimates of a frame that count, and the names of their tasks.

    Args:
        frame: estimates with the columns of `leaderboard.store.frames.estimates_frame`.
        subject: index of the subject of each row.
        required: (task, metric) that count; all of them where None.
    """
    measured = (frame["headline"] & (frame["status"] == Status.MEASURED.value)).to_numpy(dtype=np.bool_)
    metric = frame["metric"].map(METRICS.places).fillna(-1).to_numpy(dtype=np.int64)
    counts = measured & (metric >= 0)
    if required is not None:
        counts &= pd.MultiIndex.from_frame(frame[["task", "metric"]]).isin(list(required))
    rows, metric, subject = frame[counts], metric[counts], subject[counts]
    task, tasks = pd.factorize(rows["task"])
    newest = newest_versions(subject * len(tasks) + task, rows["task_version"].to_numpy(dtype=np.int64))
    rows, metric, subject, task = rows[newest], metric[newest], subject[newest], task[newest]
    n = rows["n"].to_numpy(dtype=np.int64)
    places = fullest_places(
        (subject * len(tasks) + task) * len(METRICS) + metric,
        rows["task_version"].to_numpy(dtype=np.int64),
        n,
        rows["evaluated_at"].to_numpy(dtype="datetime64[us]").view(np.int64),
    )
    value, low, high = (rows[name].to_numpy(dtype=np.float64)[places] for name in ("value", "low", "high"))
    metric_places, task_places = metric[places].astype(np.int64), task[places].astype(np.int64)
    return Counted(subject[places], metric_places, task_places, value, low, high, n[places]), list(tasks)


def headline_pairs(frame: pd.DataFrame) -> frozenset[tuple[str, str]]:
    """Return the (task, metric) of every headline number in a frame, measured or not.

    Which metrics of a task count is what the newest evaluation of its newest version says: a version may count another
    metric than the one before it, and no subject has both.

    Args:
        frame: estimates with the columns of `leaderboard.store.frames.estimates_frame`.
    """
    rows = frame.loc[frame["headline"], ["task", "metric", "task_version", "evaluated_at"]]
    for column in ("task_version", "evaluated_at"):
        rows = rows[rows[column] == rows.groupby("task")[column].transform("max")]
    pairs = rows[["task", "metric"]].drop_duplicates().itertuples(index=False, name=None)
    return frozenset(pair for pair in pairs if pair[1] in METRICS)
