"""Stopping rules: when enough examples of one task were asked, and what was decided."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.axes.metric import Metric
from leaderboard.data.examples import Example
from leaderboard.stats import betting
from leaderboard.stats.sequential_contrast import SequentialMean

E = TypeVar("E", bound=Example)
_VERSION = 1
"""Raised whenever other examples would be asked."""
_SIDE = 0.025


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of the examples that were asked so far.

    Attributes:
        ids: ids of the examples with a score, in the order of asking.
        values: their scores, shape (n,).
        asked_examples: number of examples that were asked; some may have no score.
        horizon: number of examples that can be asked.
    """

    ids: Sequence[str]
    values: FloatArray
    asked_examples: int
    horizon: int

    @property
    def is_complete(self) -> bool:
        """Whether all examples were asked."""
        return self.asked_examples >= self.horizon

    @property
    def extent(self) -> str:
        """How many examples were asked, in words."""
        if self.is_complete:
            return f"all {self.horizon} examples"
        return f"{self.asked_examples} of {self.horizon} examples"


@dataclass(frozen=True)
class StoppingRule(ABC):
    """A rule that is checked after every batch of examples.

    Attributes:
        metric: metric that it is about, a mean of scores of examples.
    """

    metric: Metric

    @property
    def identity(self) -> Mapping[str, Any]:
        """What it changes about the numbers of an evaluation."""
        return {"version": _VERSION, "metric": self.metric.name, **self._settings}

    @property
    @abstractmethod
    def _settings(self) -> Mapping[str, Any]:
        """Settings that decide when it holds."""

    def chosen(self, examples: Sequence[E]) -> Sequence[E]:
        """Return the examples that can be asked: all of them, unless the rule needs more than their answers."""
        return examples

    @abstractmethod
    def is_met(self, scores: Scores) -> bool:
        """Return whether enough examples were asked."""

    @abstractmethod
    def sentence(self, scores: Scores) -> str:
        """Return what was decided after the last example, as one sentence."""


@dataclass(frozen=True)
class WidthRule(StoppingRule):
    """The interval of what all examples together would give is narrow enough.

    It is of the mean over the finite set of examples, which are asked without replacement (see `stats.betting`).

    Attributes:
        half_width: largest half-width, in the metric's unit.
    """

    half_width: float

    @property
    def _settings(self) -> Mapping[str, Any]:
        return {"half_width": self.half_width}

    def is_met(self, scores: Scores) -> bool:
        """Return whether the interval is at most twice the half-width."""
        low, high = self._interval(scores)
        return high - low <= 2 * self.half_width

    def sentence(self, scores: Scores) -> str:
        """Return the interval."""
        low, high = self._interval(scores)
        if scores.is_complete:
            return f"asked until ±{self.half_width:g}: {scores.extent} were needed"
        return (
            f"stopped at ±{self.half_width:g} after {scores.extent}: {self.metric.name} on all {scores.horizon} is "
            f"between {low:.3f} and {high:.3f} (95 %, {betting.ANYTIME}, without replacement)"
        )

    def _interval(self, scores: Scores) -> betting.Bounds:
        # Examples that cannot be answered leave the number of those that can unknown.
        population = scores.horizon if len(scores.values) == scores.asked_examples else None
        unit = betting.to_unit(scores.values, self.metric.bounds)
        low, high = betting.confidence_sequence(unit, horizon=scores.horizon, population=population)
        return betting.from_unit(low, self.metric.bounds), betting.from_unit(high, self.metric.bounds)


@dataclass(frozen=True)
class ComparisonRule(StoppingRule):
    """It is decided which of two subjects is better, on the same examples.

    The 95 % interval of the mean difference, in the population that the examples are drawn from, excludes 0.

    Attributes:
        other: label of the stored subject.
        evaluation: identity of its evaluation.
        claim: the comparison in words, `A > B`.
        sign: 1 where the claim is that the measured subject is better, -1 where the stored one is.
        other_scores: scores of the stored subject, by example id.
    """

    other: str
    evaluation: str
    claim: str
    sign: int
    other_scores: Mapping[str, float] = field(compare=False, repr=False)

    @property
    def _settings(self) -> Mapping[str, Any]:
        return {"against": self.evaluation}

    def chosen(self, examples: Sequence[E]) -> Sequence[E]:
        """Return the examples that the stored subject has a score for."""
        return [example for example in examples if example.id in self.other_scores]

    def is_met(self, scores: Scores) -> bool:
        """Return whether the interval of the difference excludes 0."""
        if not len(scores.values):
            return False
        contrast = self._contrast(scores)
        return contrast.lower(_SIDE) > 0 or contrast.upper(_SIDE) < 0

    def sentence(self, scores: Scores) -> str:
        """Return whether the claim holds: yes, no or undecided."""
        if not len(scores.values):
            return f"{self.claim}: undecided, no common example has a score"
        contrast = self._contrast(scores)
        low, high = contrast.lower(_SIDE), contrast.upper(_SIDE)
        decision = "yes" if low > 0 else "no" if high < 0 else "undecided"
        return (
            f"{self.claim}: {decision} after {scores.extent} (difference of {self.metric.name} {contrast.value:+.3f} "
            f"[{low:+.3f}, {high:+.3f}], 95 %, {betting.ANYTIME})"
        )

    def _contrast(self, scores: Scores) -> SequentialMean:
        others = np.array([self.other_scores[name] for name in scores.ids])
        low, high = self.metric.bounds
        return SequentialMean.of(self.sign * (scores.values - others), (low - high, high - low), horizon=scores.horizon)
