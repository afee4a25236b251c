"""Metric: a named number on one axis, with its unit, direction and fixed anchors."""

import math
from dataclasses import dataclass
from enum import StrEnum


class Axis(StrEnum):
    """The six things that matter at once."""

    ACCURACY = "accuracy"
    OOD = "ood"
    BIAS = "bias"
    PRIVACY = "privacy"
    LATENCY = "latency"
    EXPLAINABILITY = "explainability"


class Better(StrEnum):
    """Which way is better."""

    HIGHER = "higher"
    LOWER = "lower"
    TARGET = "target"


class Scale(StrEnum):
    """How a value is turned into a utility between the two anchors."""

    LINEAR = "linear"
    LOG = "log"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A named number on one axis.

    Attributes:
        name: how it is called, unique.
        axis: where it counts.
        unit: of its values ("probability", "seconds").
        better: higher, lower, or closer to `target`.
        worst, best: the fixed anchors, utility 0 and 1. For a target, `worst` is as far from it as matters, on
            either side.
        lowest, highest: what it can be at all, from its formula; None where there is no bound.
        target: the ideal value where `better` is target.
        headline: whether it counts in its axis's utility; the others inform.
        weight: its share among the headline metrics of its axis.
        scale: whether the utility is linear in the value or in its logarithm.
        minimum_n: below this many examples the number is shown but should not be trusted to separate subjects.
        summary: one line for people.
        source: where the formula comes from.
        caveat: published criticism that a reader must know.
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
    scale: Scale = Scale.LINEAR
    minimum_n: int = 100
    summary: str
    source: str
    caveat: str = ""

    @property
    def bounds(self) -> tuple[float, float]:
        """Between these every value and every interval lies; infinite where there is no bound."""
        return (
            -math.inf if self.lowest is None else self.lowest,
            math.inf if self.highest is None else self.highest,
        )
