"""The utility of every subject on every axis, as arrays: weighing them anew is arithmetic, whatever their number.

`utilities` makes them of a frame of estimates, once; `Utilities.ranked` weighs them.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from leaderboard.axes.catalogue import METRICS
from leaderboard.axes.metric import Axis
from leaderboard.errors import RequestError
from leaderboard.ranking.measured import fullest_places
from leaderboard.ranking.normalise import Anchors, Ruler
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
AXES = tuple(Axis)
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

    def scores(self, weights: Mapping[Axis, float] | None = None) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Weighted means and their bounds, as `leaderboard.ranking.weighted.rank` explains them, each of shape (n,).

        NaN where no axis of positive weight was measured; the bounds are known always.
        """
        shares = relative(weights)
        return (
            weighted_mean(self.values, shares),
            weighted_mean(np.where(np.isnan(self.low), 0.0, self.low), shares),
            weighted_mean(np.where(np.isnan(self.high), 1.0, self.high), shares),
        )

    def ranked(self, weights: Mapping[Axis, float] | None = None, *, where: BoolArray | None = None) -> pd.DataFrame:
        """One row a subject, best first: the columns and the numbers of `leaderboard.ranking.weighted.rank`.

        Args:
            weights: by axis, not negative; 1 for an axis that is not named.
            where: the subjects that stand in the ranking, shape (n,); all of them when None.

        Raises:
            RequestError: for weights that are negative, not finite, or all zero.
        """
        shown = self if where is None else self.only(where)
        score, low, high = shown.scores(weights)
        return shown.table(score, score, low, high)

    def table(self, merit: FloatArray, score: FloatArray, low: FloatArray, high: FloatArray) -> pd.DataFrame:
        """The ranking by a merit, larger is better, with the scores that are shown, each of shape (n,).

        Equal merits share a rank and are ordered by name; NaN has no rank and stands at the end.
        """
        order = np.lexsort((_alphabetical(self.subjects), -merit, np.isnan(merit)))
        measured = (~np.isnan(self.values)).sum(axis=1)
        counts = np.array([f"{count}/{len(AXES)}" for count in range(len(AXES) + 1)], dtype=object)
        columns = {
            "rank": pd.array(places(merit), dtype="Int64"),
            "subject": self.subjects,
            "model": self.models,
            "recipe": self.recipes,
            "score": score,
            "score_low": low,
            "score_high": high,
            "axes_measured": counts[measured],
        }
        for column, axis in enumerate(AXES):
            for end, numbers in (("", self.values), ("_low", self.low), ("_high", self.high)):
                columns[f"{axis}{end}"] = numbers[:, column]
        texts = dict.fromkeys(("subject", "model", "recipe", "axes_measured"), "str")
        return pd.DataFrame(columns).astype(texts).iloc[order].reset_index(drop=True)


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
        value, low, high = (_over_metrics((each / times).reshape(shape), present) for each in sums)
    return value, low, high


def weighted_mean(values: FloatArray, shares: FloatArray) -> FloatArray:
    """Mean over the last axis of what is known, by weights; NaN where nothing of positive weight is.

    Args:
        values: shape (…, k), NaN where unknown.
        shares: shape (k,).
    """
    total, weight = np.zeros(values.shape[:-1]), np.zeros(values.shape[:-1])
    for column, share in enumerate(shares):  # in one order for every subject, so that equal ones stay equal
        here = values[..., column]
        total += np.where(np.isnan(here), 0.0, share * here)
        weight += np.where(np.isnan(here), 0.0, share)
    with np.errstate(invalid="ignore"):  # 0/0: nothing is known
        return np.asarray(total / weight)


def relative(weights: Mapping[Axis, float] | None) -> FloatArray:
    """Weights in the order of `Axis`, the largest of them 1: only ratios matter, and sums stay finite.

    Raises:
        RequestError: for weights that are negative, not finite, or all zero.
    """
    given = weights or {}
    for axis, weight in given.items():
        if not math.isfinite(weight) or weight < 0:
            raise RequestError(f"--weight {axis}={weight}: a weight is 0 or a positive number")
    each = np.array([float(given.get(axis, 1.0)) for axis in AXES])
    if not each.any():
        raise RequestError("--weight: every axis has weight 0; give at least one a positive weight")
    return np.asarray(each / each.max())


def places(merit: FloatArray) -> list[int | None]:
    """1 + how many have more merit; None for NaN."""
    known = np.sort(-merit[~np.isnan(merit)])
    found = 1 + np.searchsorted(known, -merit, side="left")
    return [None if math.isnan(each) else int(place) for each, place in zip(merit.tolist(), found, strict=True)]


def _over_metrics(means: FloatArray, present: IntArray) -> FloatArray:
    """From means over tasks, of the metrics that are present, to means over the metrics of each axis, shape (n, 6)."""
    metrics = [_METRICS[place] for place in present]
    by_axis = np.empty((len(means), len(AXES)))
    for column, axis in enumerate(AXES):
        of_axis = [place for place, metric in enumerate(metrics) if metric.axis is axis]
        by_axis[:, column] = weighted_mean(means[:, of_axis], np.array([metrics[place].weight for place in of_axis]))
    return by_axis


def _alphabetical(names: Names) -> npt.NDArray[np.intp]:
    """Where each name stands among them all."""
    order = np.argsort(names.astype(str), kind="stable")
    place = np.empty(len(names), dtype=np.intp)
    place[order] = np.arange(len(names))
    return place
