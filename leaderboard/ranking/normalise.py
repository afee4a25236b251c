"""Utility: a metric's value on fixed anchors, 0 at the worst and 1 at the best, so that no subject moves another's."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from leaderboard.axes.catalogue import METRICS
from leaderboard.axes.metric import Better, Metric, Scale
from leaderboard.errors import RequestError


@dataclass(frozen=True, slots=True)
class Anchors:
    """Values of utility 0 and 1 on one task, in the place of the catalogue's (chance level of its classes)."""

    worst: float
    best: float


@dataclass(frozen=True, slots=True)
class Utility:
    """A utility in [0, 1] and the ends of the interval that the value's 95 % interval becomes."""

    value: float
    low: float
    high: float


def utility(metric: Metric, value: float, anchors: Anchors | None = None) -> float:
    """How good a value is, from 0 (the worst anchor or beyond) to 1 (the best anchor or beyond).

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
    worst, best = (anchors.worst, anchors.best) if anchors else (metric.worst, metric.best)
    if metric.better is Better.TARGET and metric.target is not None:
        return _clip(1 - abs(value - metric.target) / _distance(metric, worst, metric.target))
    if metric.scale is Scale.LOG:
        if min(worst, best) <= 0:
            raise RequestError(f"{metric.name}: anchors of a log scale are positive, not {worst} and {best}")
        worst, best = math.log(worst), math.log(best)
        value = math.log(value) if value > 0 else -math.inf
    _distance(metric, worst, best)
    return _clip((value - worst) / (best - worst))


def utility_interval(
    metric: Metric, value: float, low: float | None, high: float | None, anchors: Anchors | None = None
) -> Utility:
    """The utility of a value and of its interval; an exact value (no interval) has an interval of its own width, none.

    Where smaller is better the ends change places; an interval around the target reaches utility 1.
    """
    here = utility(metric, value, anchors)
    if low is None or high is None:
        return Utility(here, here, here)
    ends = [here, utility(metric, low, anchors), utility(metric, high, anchors)]
    if metric.better is Better.TARGET and metric.target is not None and low <= metric.target <= high:
        ends.append(1.0)
    return Utility(here, min(ends), max(ends))


def task_anchors(definitions: Mapping[str, Mapping[str, Any]]) -> dict[tuple[str, str], Anchors]:
    """The anchors that task files override, by (task, metric).

    Args:
        definitions: task files as JSON, by name; `anchors: {metric: {worst: …, best: …}}` is what is read of them.
    """
    return {
        (task, metric): Anchors(float(ends["worst"]), float(ends["best"]))
        for task, definition in definitions.items()
        for metric, ends in (definition.get("anchors") or {}).items()
        if metric in METRICS
    }


def _distance(metric: Metric, worst: float, best: float) -> float:
    if worst == best:
        raise RequestError(f"{metric.name}: its worst and best anchor are both {worst}; they must differ")
    return abs(worst - best)


def _clip(number: float) -> float:
    return min(1.0, max(0.0, number))
