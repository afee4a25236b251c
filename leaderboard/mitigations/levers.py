"""Levers: settings that a search varies, each with its range and the value at which it is off."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from leaderboard.axes.axis import Axis
from leaderboard.mitigations.ranges import Choice, Range, Value


class Phase(StrEnum):
    """Phase that is repeated when a lever changes, from the costliest to the cheapest."""

    DATA = "data"
    TRAINING = "training"
    ANSWERS = "answers"


@dataclass(frozen=True)
class Extra:
    """Further key of a search space file that belongs to a lever.

    Attributes:
        key: name of the key, and of the recipe setting that it becomes.
        example: example of its value, as YAML.
        meaning: description in one line.
        choices: choices that it adds to the lever.
    """

    key: str
    example: str
    meaning: str
    choices: tuple[Value, ...] = ()


@dataclass(frozen=True)
class Searched:
    """Search range of a setting, declared in its annotation.

    Attributes:
        range: values that a search tries; a function of the number of the model's layers where they depend on it.
        meaning: description in one line, for the table of a search space.
        off: value of trial 0 where it is not the default of the setting.
        extra: further keys of a space file that belong to it.
        one_stack: whether it needs a model with a single list of layers, which an encoder-decoder has not.
        needs: key of a space file without which it is not searched.
        when_named: whether it is searched only where a file names it.
        instead_of: setting that it takes the place of. It is searched only where a file names it, and the other is not.
    """

    range: Range | Callable[[int], Range]
    meaning: str
    off: Value | None = None
    extra: tuple[Extra, ...] = ()
    one_stack: bool = False
    needs: str = ""
    when_named: bool = False
    instead_of: str = ""

    def of(self, layers: int) -> Range:
        """Return the range for a model with a number of layers."""
        return self.range if isinstance(self.range, Range) else self.range(layers)


@dataclass(frozen=True)
class Lever:
    """Setting that a search varies.

    Attributes:
        name: name in a search space, and of the column of a trial.
        range: values it may take.
        off: value that changes nothing, or the usual one where it cannot be off; in the range.
        phase: phase that is repeated when it changes.
        moves: axes it is known to affect, for the tables.
        meaning: description in one line.
        needs: key of a space file without which it is not searched.
        when_named: whether it is searched only where a file names it: each change costs minutes, or moves few tasks.
        extra: further keys of a space file that belong to it.
        one_stack: whether it needs a model with a single list of layers, which an encoder-decoder has not.
        instead_of: lever that it takes the place of where a file names it.
    """

    name: str
    range: Range
    off: Value
    phase: Phase
    moves: tuple[Axis, ...]
    meaning: str
    needs: str = ""
    when_named: bool = False
    extra: tuple[Extra, ...] = ()
    one_stack: bool = False
    instead_of: str = ""

    def __post_init__(self) -> None:
        if self.off not in self.range:
            raise ValueError(f"{self.name}: {self.off!r} (off) is not in its range, {self.range}")

    def offered(self, file_keys: Mapping[str, object]) -> Range:
        """Return the range with the choices that the keys of a space file add."""
        added = [choice for extra in self.extra if extra.key in file_keys for choice in extra.choices]
        if not added or not isinstance(self.range, Choice):
            return self.range
        return Choice(choices=(*self.range.choices, *added))

    def may_be(self, value: object) -> bool:
        """Return whether a file may fix it at a value: one of its range, or a choice that a key of a file adds."""
        return value in self.range or any(value in extra.choices for extra in self.extra)
