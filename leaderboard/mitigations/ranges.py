"""Ranges: the values that a lever may take in a search."""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, cast

import numpy as np
from pydantic import Field, model_validator

from leaderboard.data.strict import Strict

if TYPE_CHECKING:
    from optuna import Trial
    from optuna.distributions import BaseDistribution

Value = float | int | bool | str
_LARGEST = 1e300
"""Maximum size of an end of a range: twice the distance between two ends is still a number."""


class Range(Strict, ABC):
    """Values that a lever may take."""

    @abstractmethod
    def distribution(self) -> "BaseDistribution":
        """Return the Optuna distribution of the range."""

    @abstractmethod
    def suggested(self, trial: "Trial", name: str) -> Value:
        """Return the value that Optuna suggests in a trial."""

    @abstractmethod
    def drawn(self, rng: np.random.Generator, other_than: Value) -> Value:
        """Return a random value; a different one than `other_than` where the range has few values."""

    @abstractmethod
    def __contains__(self, value: object) -> bool:
        """Return whether a lever may have that value."""

    @abstractmethod
    def nearest(self, value: Value) -> Value:
        """Return the value of this range closest to `value`; the first where there is no order."""

    @property
    @abstractmethod
    def single(self) -> bool:
        """Return whether there is a single value, so that there is nothing to search."""

    @abstractmethod
    def __str__(self) -> str:
        """Return the range as text."""


class Real(Range):
    """Real number in [low, high]; `log` samples on a logarithmic scale.

    With `half_off`, proposals come from [2 · low - high, high], and all below `low` become `low`, which is off: half of
    all random points have such a lever off, which none would have otherwise.
    """

    low: float
    high: float
    log: bool = False
    half_off: bool = False

    @model_validator(mode="after")
    def _check_bounds(self) -> "Real":
        _check(self.low, self.high, log=self.log, half_off=self.half_off)
        return self

    def distribution(self) -> "BaseDistribution":
        """Return the Optuna distribution of the range."""
        from optuna.distributions import FloatDistribution  # noqa: PLC0415 - slow to import

        return FloatDistribution(_lowest_proposal(self), self.high, log=self.log)

    def suggested(self, trial: "Trial", name: str) -> Value:
        """Return the value that Optuna suggests in a trial."""
        return max(self.low, trial.suggest_float(name, _lowest_proposal(self), self.high, log=self.log))

    def drawn(self, rng: np.random.Generator, other_than: Value) -> Value:
        """Return a random value."""
        del other_than
        return _uniform(rng, self.low, self.high, log=self.log)

    def __contains__(self, value: object) -> bool:
        return isinstance(value, int | float) and not isinstance(value, bool) and self.low <= value <= self.high

    def nearest(self, value: Value) -> Value:
        """Return the value of this range closest to `value`."""
        return min(self.high, max(self.low, float(value)))

    @property
    def single(self) -> bool:
        """Return whether there is a single value."""
        return self.low == self.high

    def __str__(self) -> str:
        return f"{self.low:g} … {self.high:g}{', log' if self.log else ''}"


class Whole(Range):
    """Whole number in [low, high]; `half_off` as for a `Real`."""

    low: int
    high: int
    log: bool = False
    half_off: bool = False

    @model_validator(mode="after")
    def _check_bounds(self) -> "Whole":
        _check(self.low, self.high, log=self.log, half_off=self.half_off)
        return self

    def distribution(self) -> "BaseDistribution":
        """Return the Optuna distribution of the range."""
        from optuna.distributions import IntDistribution  # noqa: PLC0415 - slow to import

        return IntDistribution(int(_lowest_proposal(self)), self.high, log=self.log)

    def suggested(self, trial: "Trial", name: str) -> Value:
        """Return the value that Optuna suggests in a trial."""
        return max(self.low, trial.suggest_int(name, int(_lowest_proposal(self)), self.high, log=self.log))

    def drawn(self, rng: np.random.Generator, other_than: Value) -> Value:
        """Return a random value."""
        value = min(self.high, int(_uniform(rng, self.low, self.high + 1, log=self.log)))
        if value != other_than:
            return value
        return value + 1 if value < self.high else max(self.low, value - 1)

    def __contains__(self, value: object) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and self.low <= value <= self.high

    def nearest(self, value: Value) -> Value:
        """Return the value of this range closest to `value`."""
        return min(self.high, max(self.low, int(value)))

    @property
    def single(self) -> bool:
        """Return whether there is a single value."""
        return self.low == self.high

    def __str__(self) -> str:
        return f"{self.low} … {self.high}{', log' if self.log else ''}"


class Choice(Range):
    """One of a few values, without an order."""

    choices: Annotated[tuple[Value, ...], Field(min_length=1)]

    def distribution(self) -> "BaseDistribution":
        """Return the Optuna distribution of the range."""
        from optuna.distributions import CategoricalDistribution  # noqa: PLC0415 - slow to import

        return CategoricalDistribution(self.choices)

    def suggested(self, trial: "Trial", name: str) -> Value:
        """Return the value that Optuna suggests in a trial."""
        return cast("Value", trial.suggest_categorical(name, self.choices))

    def drawn(self, rng: np.random.Generator, other_than: Value) -> Value:
        """Return a random value."""
        others = [each for each in self.choices if each != other_than] or list(self.choices)
        return others[int(rng.integers(len(others)))]

    def __contains__(self, value: object) -> bool:
        return any(value == choice and type(value) is type(choice) for choice in self.choices)

    def nearest(self, value: Value) -> Value:
        """Return the value of this range closest to `value`."""
        return value if value in self else self.choices[0]

    @property
    def single(self) -> bool:
        """Return whether there is a single value."""
        return len(self.choices) == 1

    def __str__(self) -> str:
        return " | ".join(map(_format, self.choices))


def _lowest_proposal(number_range: Real | Whole) -> float:
    """Return the lowest value that is proposed."""
    return 2 * number_range.low - number_range.high if number_range.half_off else number_range.low


def choice(values: Sequence[Value]) -> Choice:
    """Return the range of some values without an order."""
    return Choice(choices=tuple(values))


def _uniform(rng: np.random.Generator, low: float, high: float, *, log: bool) -> float:
    """Draw a number uniformly from [low, high), or its logarithm uniformly.

    NumPy's exponential differs in the last digit between processors with and without AVX-512; `math` has one for all,
    so that a seed draws the same points on every machine.
    """
    return math.exp(rng.uniform(math.log(low), math.log(high))) if log else float(rng.uniform(low, high))


def _check(low: float, high: float, *, log: bool, half_off: bool) -> None:
    if not low <= high:
        raise ValueError(f"low must not be above high: {low}, {high}")
    if not -_LARGEST <= low <= high <= _LARGEST:
        raise ValueError(f"low and high must lie between -{_LARGEST:g} and {_LARGEST:g}")
    if log and half_off:
        raise ValueError("`log` cannot be combined with `half_off`")
    if log and low <= 0:
        raise ValueError(f"a log range needs positive numbers; low is {low}")


def _format(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
