"""Ranges: the values that a lever may take in a search."""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, cast

import numpy as np
from pydantic import Field, model_validator

from leaderboard.data.specification import Strict

if TYPE_CHECKING:
    from optuna import Trial
    from optuna.distributions import BaseDistribution

Value = float | int | bool | str


class Range(Strict, ABC):
    """All values that a lever may take."""

    @abstractmethod
    def distribution(self) -> "BaseDistribution":
        """The same as Optuna knows it."""

    @abstractmethod
    def suggested(self, trial: "Trial", name: str) -> Value:
        """The value that Optuna suggests in a trial."""

    @abstractmethod
    def drawn(self, rng: np.random.Generator, other_than: Value) -> Value:
        """A random value; another than a given one, where there are few."""

    @abstractmethod
    def __contains__(self, value: object) -> bool:
        """Whether a lever may have that value."""

    @abstractmethod
    def nearest(self, value: Value) -> Value:
        """That value, or the one of this range that is closest to it; the first, where there is no order."""

    @property
    @abstractmethod
    def single(self) -> bool:
        """Whether there is but one value, so that there is nothing to search."""

    @abstractmethod
    def __str__(self) -> str:
        """For people."""


class Real(Range):
    """A number in [low, high]; `log` searches its orders of magnitude alike.

    With `half_off`, proposals come from as far below `low` as `high` lies above, and all below are `low`, which is off:
    half of all random points have such a lever off, and none would otherwise.
    """

    low: float
    high: float
    log: bool = False
    half_off: bool = False

    @model_validator(mode="after")
    def _rises(self) -> "Real":
        _check(self.low, self.high, log=self.log, half_off=self.half_off)
        return self

    def distribution(self) -> "BaseDistribution":
        """See `Range`."""
        from optuna.distributions import FloatDistribution  # noqa: PLC0415 - slow to import

        return FloatDistribution(_lowest(self), self.high, log=self.log)

    def suggested(self, trial: "Trial", name: str) -> Value:
        """See `Range`."""
        return max(self.low, trial.suggest_float(name, _lowest(self), self.high, log=self.log))

    def drawn(self, rng: np.random.Generator, other_than: Value) -> Value:
        """See `Range`."""
        del other_than
        return _uniform(rng, self.low, self.high, log=self.log)

    def __contains__(self, value: object) -> bool:
        return isinstance(value, int | float) and not isinstance(value, bool) and self.low <= value <= self.high

    def nearest(self, value: Value) -> Value:
        """See `Range`."""
        return min(self.high, max(self.low, float(value)))

    @property
    def single(self) -> bool:
        """See `Range`."""
        return self.low == self.high

    def __str__(self) -> str:
        return f"{self.low:g} … {self.high:g}{', log' if self.log else ''}"


class Whole(Range):
    """A whole number in [low, high]; `half_off` as for a `Real`."""

    low: int
    high: int
    log: bool = False
    half_off: bool = False

    @model_validator(mode="after")
    def _rises(self) -> "Whole":
        _check(self.low, self.high, log=self.log, half_off=self.half_off)
        return self

    def distribution(self) -> "BaseDistribution":
        """See `Range`."""
        from optuna.distributions import IntDistribution  # noqa: PLC0415 - slow to import

        return IntDistribution(int(_lowest(self)), self.high, log=self.log)

    def suggested(self, trial: "Trial", name: str) -> Value:
        """See `Range`."""
        return max(self.low, trial.suggest_int(name, int(_lowest(self)), self.high, log=self.log))

    def drawn(self, rng: np.random.Generator, other_than: Value) -> Value:
        """See `Range`."""
        found = min(self.high, int(_uniform(rng, self.low, self.high + 1, log=self.log)))
        if found != other_than:
            return found
        return found + 1 if found < self.high else max(self.low, found - 1)

    def __contains__(self, value: object) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and self.low <= value <= self.high

    def nearest(self, value: Value) -> Value:
        """See `Range`."""
        return min(self.high, max(self.low, int(value)))

    @property
    def single(self) -> bool:
        """See `Range`."""
        return self.low == self.high

    def __str__(self) -> str:
        return f"{self.low} … {self.high}{', log' if self.log else ''}"


class Choice(Range):
    """One of a few values, without an order."""

    choices: Annotated[tuple[Value, ...], Field(min_length=1)]

    def distribution(self) -> "BaseDistribution":
        """See `Range`."""
        from optuna.distributions import CategoricalDistribution  # noqa: PLC0415 - slow to import

        return CategoricalDistribution(self.choices)

    def suggested(self, trial: "Trial", name: str) -> Value:
        """See `Range`."""
        return cast("Value", trial.suggest_categorical(name, self.choices))

    def drawn(self, rng: np.random.Generator, other_than: Value) -> Value:
        """See `Range`."""
        others = [each for each in self.choices if each != other_than] or list(self.choices)
        return others[int(rng.integers(len(others)))]

    def __contains__(self, value: object) -> bool:
        return any(value == choice and type(value) is type(choice) for choice in self.choices)

    def nearest(self, value: Value) -> Value:
        """See `Range`."""
        return value if value in self else self.choices[0]

    @property
    def single(self) -> bool:
        """See `Range`."""
        return len(self.choices) == 1

    def __str__(self) -> str:
        return " | ".join(map(_said, self.choices))


def _lowest(found: Real | Whole) -> float:
    """The least that is proposed."""
    return 2 * found.low - found.high if found.half_off else found.low


def choice(values: Sequence[Value]) -> Choice:
    """One of these."""
    return Choice(choices=tuple(values))


def _uniform(rng: np.random.Generator, low: float, high: float, *, log: bool) -> float:
    """Uniform on [low, high), or in its logarithm."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))) if log else rng.uniform(low, high))


def _check(low: float, high: float, *, log: bool, half_off: bool) -> None:
    if not (math.isfinite(low) and math.isfinite(high) and low <= high):
        raise ValueError(f"runs from low to high, not from {low} to {high}")
    if log and half_off:
        raise ValueError("a log range has no half that is off")
    if log and low <= 0:
        raise ValueError(f"a log range is of positive numbers; low is {low}")


def _said(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
