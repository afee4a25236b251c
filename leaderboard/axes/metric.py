"""Metric: a named number on one axis, with unit, direction and fixed anchors."""

import math
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Self

from leaderboard.axes.axis import Axis


class Better(StrEnum):
    """Direction of a metric."""

    HIGHER = "higher"
    LOWER = "lower"
    TARGET = "target"


class Scale(StrEnum):
    """Scale on which a value is mapped to a utility between the two anchors."""

    LINEAR = "linear"
    LOG = "log"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """Named number on one axis.

    Attributes:
        name: unique name.
        axis: axis of the metric.
        unit: unit of its values ("probability", "seconds").
        better: higher, lower, or closer to `target`.
        worst, best: fixed anchors of utility 0 and 1. For a target, `worst` is the largest relevant distance on either
            side.
        lowest, highest: bounds of its values by the formula; None where there is no bound.
        target: the ideal value where `better` is target.
        headline: whether it counts in its axis's utility; other metrics are informative.
        weight: weight among the headline metrics of its axis.
        contested: whether its validity is contested, so that such metrics have at most a third of their axis.
        instead_of: metric that it replaces on a task that names it as headline: both are averaged over tasks as one,
            and it has the anchors of that metric where the task sets none.
        scale: whether the utility is linear in the value or in its logarithm.
        minimum_n: number of examples below which differences between subjects should not be trusted.
        summary: description in one line.
        source: source of the formula.
        caveat: published criticism, or a condition of its interpretation.
    """

    name: str
    axis: Axis
    unit: str
    better: Better
    worst: float
    best: float
    lowest: float | None = None
    highest: float | None = None
    target: float | None = None
    headline: bool = False
    weight: float = 1.0
    contested: bool = False
    instead_of: str = ""
    scale: Scale = Scale.LINEAR
    minimum_n: int = 100
    summary: str
    source: str
    caveat: str = ""

    @classmethod
    def recorded(
        cls, name: str, axis: Axis, unit: str, better: Better, *, target: float | None = None, headline: bool = False
    ) -> Self:
        """Return a metric as a store or a document describes it, which no installed package declares.

        Its values are shown and compared. It has no anchors, so that it counts in no score.
        """
        return cls(
            name=name,
            axis=axis,
            unit=unit,
            better=better,
            target=target,
            worst=math.nan,
            best=math.nan,
            headline=headline,
            summary="Declared by a plug-in that is not installed here.",
            source="",
        )

    @property
    def bounds(self) -> tuple[float, float]:
        """Bounds of every value and interval; infinite where there is none."""
        return (
            -math.inf if self.lowest is None else self.lowest,
            math.inf if self.highest is None else self.highest,
        )


proportion = partial(Metric, unit="probability", better=Better.HIGHER, worst=0.0, best=1.0, lowest=0.0, highest=1.0)
"""Declares a metric that is a proportion: between 0 and 1, which are its anchors, too; higher is better."""
