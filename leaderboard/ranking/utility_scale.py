"""Utility: a metric's value on fixed anchors, 0 at the worst and 1 at the best, independent of other subjects."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from leaderboard.arrays import BoolArray, FloatArray, IntArray
from leaderboard.axes.accuracy import ACCURACY
from leaderboard.axes.catalogue import METRICS
from leaderboard.axes.metric import Better, Metric, Scale
from leaderboard.axes.ood import OOD_ACCURACY
from leaderboard.errors import RequestError


@dataclass(frozen=True, slots=True)
class UtilityAnchors:
    """Values of utility 0 and 1 on one task, instead of the catalogue's (chance level of its classes)."""

    worst: float
    best: float


@dataclass(frozen=True, slots=True)
class Utility:
    """A utility in [0, 1] with the utilities of the ends of the value's 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Ruler:
    """The position of values between two anchors, linear or logarithmic; of many values at once.

    Attributes:
        start: the worst anchor, or the target; its logarithm on a log scale.
        span: from there to the best anchor (signed), or the distance from the target to the worst.
        log: whether the line is of logarithms.
        target: whether it is the distance from `start` that counts; then `start` is the best there is.
    All of them are scalars or arrays of one shape, that of the values.
    """

    start: float | FloatArray
    span: float | FloatArray
    log: bool | BoolArray
    target: bool | BoolArray

    @classmethod
    def of(cls, metric: Metric, anchors: UtilityAnchors | None = None) -> "Ruler":
        """Return the ruler of one metric.

        Raises:
            RequestError: for anchors that leave no scale between them.
        """
        worst, best = (anchors.worst, anchors.best) if anchors else (metric.worst, metric.best)
        if metric.better is Better.TARGET and metric.target is not None:
            return cls(metric.target, _span(metric, metric.target, abs(worst - metric.target)), False, True)
        if metric.scale is Scale.LOG:
            if min(worst, best) <= 0:
                raise RequestError(f"{metric.name}: anchors of a log scale are positive, not {worst} and {best}")
            worst, best = math.log(worst), math.log(best)
        return cls(worst, _span(metric, worst, best - worst), metric.scale is Scale.LOG, False)

    @classmethod
    def of_many(cls, rulers: Sequence["Ruler"]) -> "Ruler":
        """Return the rulers of several metrics as one, in their order."""
        return cls(
            np.array([each.start for each in rulers], dtype=np.float64),
            np.array([each.span for each in rulers], dtype=np.float64),
            np.array([each.log for each in rulers], dtype=np.bool_),
            np.array([each.target for each in rulers], dtype=np.bool_),
        )

    def __getitem__(self, places: IntArray) -> "Ruler":
        """Return the rulers at some places."""
        start, span, log, target = map(np.asarray, (self.start, self.span, self.log, self.target))
        return Ruler(start[places], span[places], log[places], target[places])

    def utility(self, values: npt.ArrayLike) -> FloatArray:
        """Return utilities in [0, 1] of finite values; the function `utility` has the formula."""
        numbers = np.asarray(values, dtype=np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):  # what is not positive lies beyond the lower anchor
            along = np.where(self.log, np.log(np.maximum(numbers, 0.0)), numbers)
            far = np.where(self.target, 1 - np.abs(numbers - self.start) / self.span, (along - self.start) / self.span)
        return np.asarray(np.clip(far, 0.0, 1.0))

    def interval(self, value: FloatArray, low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the lowest and highest utility between the ends of intervals; NaN ends are those of an exact value."""
        exact = np.isnan(low) | np.isnan(high)
        first, last = np.where(exact, value, low), np.where(exact, value, high)
        ends = np.stack([self.utility(each) for each in (value, first, last)])
        holds_target = ~exact & self.target & (first <= self.start) & (self.start <= last)
        return ends.min(axis=0), np.where(holds_target, 1.0, ends.max(axis=0))


def utility(metric: Metric, value: float, anchors: UtilityAnchors | None = None) -> float:
    """Return how good a value is, from 0 (the worst anchor or beyond) to 1 (the best anchor or beyond).

    Linear: (v - worst) / (best - worst). Log scale: the same of logarithms; a value that is not positive lies beyond
    the lower anchor. Target: 1 - |v - target| / |worst - target|; `best` plays no part.

    Args:
        metric: says direction, scale and, unless overridden, the anchors.
        value: finite, in the metric's unit.
        anchors: those of the task, where it has its own.

    Raises:
        RequestError: for anchors that leave no scale between them.
        ValueError: for a value that is not finite.
    """
    if not math.isfinite(value):
        raise ValueError(f"{metric.name}: a utility needs a finite value, not {value}")
    return float(Ruler.of(metric, anchors).utility(value))


def utility_interval(
    metric: Metric, value: float, low: float | None, high: float | None, anchors: UtilityAnchors | None = None
) -> Utility:
    """Return the utility of a value and of the ends of its interval; without an interval all three are equal.

    Where smaller is better the ends change places; an interval around the target reaches utility 1.

    Raises:
        RequestError, ValueError: as for `utility`.
    """
    point = utility(metric, value, anchors)
    ends = np.array([math.nan if end is None else end for end in (low, high)])
    lowest, highest = Ruler.of(metric, anchors).interval(np.asarray(value), ends[0], ends[1])
    return Utility(point, float(lowest), float(highest))


def task_anchors(definitions: Mapping[str, Mapping[str, Any]]) -> dict[tuple[str, str], UtilityAnchors]:
    """Return the anchors of tasks by (task, metric): those of their files, else chance level to 1 if classes are known.

    Chance is 1 / classes for `accuracy` and `ood_accuracy` of a task whose data, or the data that it borrows, names its
    labels. A file may declare another chance level (the share of the largest class). A headline that takes
    the place of another metric has the anchors of that one where the file has none for it.

    Args:
        definitions: task files as JSON, by name; `anchors: {metric: {worst: …, best: …}}`, `headline` and `data.labels`
            are read.
    """
    anchors: dict[tuple[str, str], UtilityAnchors] = {}
    for task, definition in definitions.items():
        classes = len(_labels(definition, definitions))
        if classes > 1 and definition.get("protocol") in _BY_CLASS:
            anchors[task, _BY_CLASS[definition["protocol"]]] = UtilityAnchors(1 / classes, 1.0)
        for metric, ends in (definition.get("anchors") or {}).items():
            if metric in METRICS:
                anchors[task, metric] = UtilityAnchors(float(ends["worst"]), float(ends["best"]))
        headline = definition.get("headline")
        if isinstance(headline, str) and headline in METRICS and (task, METRICS[headline].instead_of) in anchors:
            anchors.setdefault((task, headline), anchors[task, METRICS[headline].instead_of])
    return anchors


_BY_CLASS: Mapping[str, str] = {
    "classification": ACCURACY.name,
    "shift": OOD_ACCURACY.name,
    "perturbation": OOD_ACCURACY.name,
    "prompt_formats": OOD_ACCURACY.name,
}
"""Protocols of classification, with the metric whose chance level is 1 / classes."""


def _labels(definition: Mapping[str, Any], definitions: Mapping[str, Mapping[str, Any]]) -> Sequence[str]:
    """Return the class names of a task; none where they are not known."""
    data = definition.get("data") or {}
    if data.get("same_as"):
        data = (definitions.get(data["same_as"]) or {}).get("data") or {}
    return data.get("labels") or ()


def _span(metric: Metric, start: float, span: float) -> float:
    if span == 0:
        raise RequestError(f"{metric.name}: its worst and best anchor are both {start}; they must differ")
    return span
