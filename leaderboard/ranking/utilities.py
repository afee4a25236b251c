"""The utility of every subject on every axis, as arrays: weighing them anew is arithmetic, whatever their number.

`utilities` makes them of a frame of estimates, once; `Utilities.ranked` weighs them.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from leaderboard.axes.catalogue import METRICS
from leaderboard.axes.metric import Axis
from leaderboard.ranking.measured import fullest_places
from leaderboard.ranking.methods.merits import MERITS
from leaderboard.ranking.methods.method import Method
from leaderboard.ranking.normalise import Anchors, Ruler
from leaderboard.ranking.weighing import AXES, places, relative, weighted_mean
from leaderboard.stats.estimate import Status

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]
Names = npt.NDArray[np.object_]

RANKING_COLUMNS = (
    "rank",
    "subject",
    "model",
    "recipe",
    "score",
    "score_low",
    "score_high",
    "axes_measured",
    *(f"{axis}{end}" for axis in Axis for end in ("", "_low", "_high")),
)
_METRICS = tuple(METRICS.values())
CATALOGUE_PLACES = {name: place for place, name in enumerate(METRICS)}


@dataclass(frozen=True, slots=True)
class Utilities:
    """The utilities of n subjects on the six axes.

    Attributes:
        subjects, models, recipes: names, shape (n,); subjects are distinct.
        values: shape (n, 6), columns in the order of `Axis`, in [0, 1]; NaN where nothing was measured.
        low, high: the utilities of the interval ends, likewise.
    """

    subjects: Names
    models: Names
    recipes: Names
    values: FloatArray
    low: FloatArray
    high: FloatArray

    def only(self, kept: BoolArray) -> "Utilities":
        """Some of the subjects, in the same order; `kept` has shape (n,)."""
        names = (self.subjects[kept], self.models[kept], self.recipes[kept])
        return Utilities(*names, self.values[kept], self.low[kept], self.high[kept])

    def ranked(
        self,
        weights: Mapping[Axis, float] | None = None,
        *,
        where: BoolArray | None = None,
        method: Method = Method.WEIGHTED,
    ) -> pd.DataFrame:
        """One row a subject, best first.

        Equal merits share a rank and are ordered by name; without a merit there is no rank, and they stand at the end.
        By the weighted mean these are the numbers of `leaderboard.ranking.weighted.rank`.

        Args:
            weights: by axis, not negative; 1 for an axis that is not named.
            where: the subjects that stand in the ranking, shape (n,); all of them when None.
            method: how utilities become an order.

        Returns:
            The columns `RANKING_COLUMNS`. The score is that of the method, larger is better, and has bounds where the
            method is one of each subject alone: every interval at its low or high end, an unmeasured axis as 0 or 1.
            By layers there is no score, and a last column `layer`.

        Raises:
            RequestError: for weights that are negative, not finite, or all zero.
        """
        shown, each = self if where is None else self.only(where), relative(weights)
        merit = MERITS[method](shown.values, each)
        unknown = np.full(len(merit), np.nan)
        if method is Method.PARETO:
            return _table(shown, merit, (unknown, unknown, unknown), {"layer": _whole(-merit)})
        if not method.independent:
            return _table(shown, merit, (merit, unknown, unknown), {})
        low = MERITS[method](np.where(np.isnan(shown.low), 0.0, shown.low), each)
        high = MERITS[method](np.where(np.isnan(shown.high), 1.0, shown.high), each)
        return _table(shown, merit, (merit, low, high), {})


def utilities(frame: pd.DataFrame, anchors: Mapping[tuple[str, str], Anchors] | None = None) -> Utilities:
    """The utilities of all subjects of a frame, in the order in which they first come.

    An axis's utility: for each of its headline metrics the mean over the tasks it was measured on, then the mean over
    metrics weighted by `Metric.weight`. Of several measurements on one task one counts
    (`leaderboard.ranking.measured.fullest_places`). Its low and high are the same means of the utilities of the
    interval ends: all metrics at their worst, or at their best, at once; wider than a 95 % interval, never narrower.

    Args:
        frame: estimates with the columns of `leaderboard.store.frames.estimates_frame`; headline metrics are enough.
        anchors: those that tasks override, by (task, metric).

    Raises:
        RequestError: for anchors that leave no scale between them.
        ValueError: for measured values that are not finite.
    """
    codes, subjects = pd.factorize(frame["subject"])
    first = np.unique(codes, return_index=True)[1]
    counts = (frame["headline"] & (frame["status"] == Status.MEASURED.value)).to_numpy(dtype=np.bool_)
    rows = frame[counts]
    metric = rows["metric"].map(CATALOGUE_PLACES).fillna(-1).to_numpy(dtype=np.int64)
    known = metric >= 0
    rows, metric, subject = rows[known], metric[known], codes[counts][known].astype(np.int64)
    task, tasks = pd.factorize(rows["task"])
    kept = fullest_places(
        (subject * len(tasks) + task) * len(METRICS) + metric,
        rows["task_version"].to_numpy(dtype=np.int64),
        rows["n"].to_numpy(dtype=np.int64),
        rows["evaluated_at"].to_numpy(dtype="datetime64[us]").view(np.int64),
    )
    value, low, high = (rows[name].to_numpy(dtype=np.float64)[kept] for name in ("value", "low", "high"))
    counted = Counted(subject[kept], metric[kept].astype(np.int64), task[kept].astype(np.int64), value, low, high)
    names, models, recipes = (frame[name].to_numpy(dtype=object)[first] for name in ("subject", "model", "recipe"))
    return Utilities(names, models, recipes, *axis_values(counted, len(subjects), list(tasks), anchors))


@dataclass(frozen=True, slots=True)
class Counted:
    """The m estimates that count, one each subject, task and metric; all arrays have shape (m,).

    Attributes:
        subject: whose each is, from 0.
        metric: its place in the catalogue (`CATALOGUE_PLACES`).
        task: place of its task among the names.
        value, low, high: NaN ends where none are known.
    """

    subject: IntArray
    metric: IntArray
    task: IntArray
    value: FloatArray
    low: FloatArray
    high: FloatArray


def axis_values(
    counted: Counted,
    subjects: int,
    tasks: Sequence[str],
    anchors: Mapping[tuple[str, str], Anchors] | None = None,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Utilities by subject and axis, as `utilities` explains them.

    Args:
        counted: the estimates.
        subjects: how many there are.
        tasks: names of the tasks.
        anchors: those that tasks override, by (task, metric).

    Returns:
        Value, low and high, each of shape (subjects, 6); NaN where nothing was measured.

    Raises:
        RequestError: for anchors that leave no scale between them.
        ValueError: for values that are not finite.
    """
    if not np.isfinite(counted.value).all():
        raise ValueError(f"a utility needs finite values, not {counted.value[~np.isfinite(counted.value)][0]}")
    pairs, which = np.unique(counted.task * len(METRICS) + counted.metric, return_inverse=True)
    own = anchors or {}
    measured = [(tasks[pair // len(METRICS)], _METRICS[pair % len(METRICS)]) for pair in pairs]
    ruler = Ruler.of_many([Ruler.of(metric, own.get((task, metric.name))) for task, metric in measured])[which]
    present, column = np.unique(counted.metric, return_inverse=True)
    cell, shape = counted.subject * len(present) + column, (subjects, len(present))
    times = np.bincount(cell, minlength=math.prod(shape))
    ends = ruler.interval(counted.value, counted.low, counted.high)
    sums = [np.bincount(cell, each, math.prod(shape)) for each in (ruler.utility(counted.value), *ends)]
    with np.errstate(invalid="ignore"):  # 0/0: not measured
        value, low, high = (over_metrics((each / times).reshape(shape), present) for each in sums)
    return value, low, high


def _table(
    ranked: Utilities, merit: FloatArray, scores: tuple[FloatArray, FloatArray, FloatArray], more: Mapping[str, Any]
) -> pd.DataFrame:
    of_axes = {"": ranked.values, "_low": ranked.low, "_high": ranked.high}  # noqa: PD011 - no frame
    order = np.lexsort((_alphabetical(ranked.subjects), -merit, np.isnan(merit)))
    counts = np.array([f"{count}/{len(AXES)}" for count in range(len(AXES) + 1)], dtype=object)
    columns = {
        "rank": _whole(places(merit)),
        "subject": ranked.subjects,
        "model": ranked.models,
        "recipe": ranked.recipes,
        **dict(zip(("score", "score_low", "score_high"), scores, strict=True)),
        "axes_measured": counts[(~np.isnan(ranked.values)).sum(axis=1)],
    }
    for column, axis in enumerate(AXES):
        columns |= {f"{axis}{end}": numbers[:, column] for end, numbers in of_axes.items()}
    texts = dict.fromkeys(("subject", "model", "recipe", "axes_measured"), "str")
    return pd.DataFrame(columns | dict(more)).astype(texts).iloc[order].reset_index(drop=True)


def over_metrics(means: FloatArray, present: IntArray) -> FloatArray:
    """From means over tasks, of the metrics that are present, to means over the metrics of each axis, shape (n, 6)."""
    metrics = [_METRICS[place] for place in present]
    by_axis = np.empty((len(means), len(AXES)))
    for column, axis in enumerate(AXES):
        of_axis = [place for place, metric in enumerate(metrics) if metric.axis is axis]
        by_axis[:, column] = weighted_mean(means[:, of_axis], np.array([metrics[place].weight for place in of_axis]))
    return by_axis


def _whole(numbers: FloatArray) -> "pd.Series[int]":
    """Whole numbers, missing where they are NaN."""
    return pd.Series(numbers).astype("Int64")


def _alphabetical(names: Names) -> npt.NDArray[np.intp]:
    """Where each name stands among them all."""
    order = np.argsort(names.astype(str), kind="stable")
    place = np.empty(len(names), dtype=np.intp)
    place[order] = np.arange(len(names))
    return place
