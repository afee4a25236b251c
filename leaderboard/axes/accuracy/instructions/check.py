"""Instruction check: one rule that a text follows or not, decided without a model."""

from abc import ABC, abstractmethod
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from leaderboard.data.strict import Strict

Count = Annotated[int | None, Field(ge=0, strict=True)]


class InstructionCheck(Strict, ABC):
    """Rule that a written text follows or not; its fields are the keys that a task's data set beside `check`.

    Class attributes:
        name: value of the key `check`.
    """

    name: ClassVar[str]

    def is_followed(self, text: str) -> bool:
        """Return whether a text follows the rule; an empty one follows none, as in IFEval."""
        return bool(text.strip()) and self.holds(text)

    @abstractmethod
    def holds(self, text: str) -> bool:
        """Return whether the rule holds for a text that is not empty."""


class CountCheck(InstructionCheck):
    """Rule that something occurs at least and at most so many times.

    Attributes:
        at_least: smallest valid count; None where there is none.
        at_most: largest valid count; None where there is none.
    """

    at_least: Count = None
    at_most: Count = None

    @abstractmethod
    def count(self, text: str) -> int:
        """Return how often it occurs in a text."""

    def holds(self, text: str) -> bool:
        """Return whether the count is valid."""
        count = self.count(text)
        return (self.at_least is None or count >= self.at_least) and (self.at_most is None or count <= self.at_most)

    @model_validator(mode="after")
    def _range_is_valid(self) -> Self:
        if self.at_least is None and self.at_most is None:
            raise ValueError("set `at_least`, `at_most` or both")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError(f"`at_least` {self.at_least} is more than `at_most` {self.at_most}")
        if self.at_least in {None, 0} and self.at_most is None:
            raise ValueError("`at_least: 0` holds for every text")
        return self
