"""AttributionMethod: one way to attribute a model's answer to the units of a text."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.attributions.text_units import TextUnits
from leaderboard.errors import NotMeasurableError


@dataclass(frozen=True, slots=True)
class Attribution:
    """Attributions of the units of one text.

    Attributes:
        values: shape (units,); positive for a unit that speaks for the explained answer.
        passes: number of forward passes (texts that were read) of this method.
        error: completeness error, where the method has one: the distance of the sum of the values from the difference
            that they should explain.
        note: in what respect the values of this text are approximate; empty where they are as the method defines them.
    """

    values: FloatArray
    passes: int
    error: float | None = None
    note: str = ""


class AttributionMethod(ABC):
    """Way to attribute a model's answer to the units of a text: one object, one file.

    A subclass sets the class attributes and implements `attribute` and `most_passes`. The first paragraph of its
    docstring says what it does.

    Attributes:
        name: name of the method, for `--method`.
        source: paper that it follows.
        caveat: what a reader of its values has to know; empty for none.
        signed: whether a value is for or against the explained class; attention has no sign.
        sampled: whether the values depend on the seed.
        additive: whether the values of a model that is linear in its units are the weights times the inputs.
    """

    name: ClassVar[str]
    source: ClassVar[str]
    caveat: ClassVar[str] = ""
    signed: ClassVar[bool] = True
    sampled: ClassVar[bool] = False
    additive: ClassVar[bool] = True

    @abstractmethod
    def attribute(self, text: TextUnits, seed: int) -> Attribution:
        """Attribute the answer to the units of a text.

        Args:
            text: the units, and the explained number for any set of them.
            seed: seed of all random numbers; the values depend on nothing else.

        Raises:
            NotMeasurableError: when the model cannot answer what the method asks.
        """

    def checked(self, text: TextUnits, seed: int) -> Attribution:
        """Return what `attribute` returns, after a check that it is a finite number for each unit.

        Raises:
            NotMeasurableError: as `attribute`, and for values that are of another shape, or not finite.
        """
        attribution = self.attribute(text, seed)
        shape = np.shape(attribution.values)
        if shape != (len(text),):
            raise NotMeasurableError(f"it gave values of shape {shape} for {len(text)} units")
        if not np.isfinite(attribution.values).all():
            raise NotMeasurableError("it gave a value that is not a finite number")
        return attribution

    @abstractmethod
    def most_passes(self, units: int) -> int:
        """Return the largest number of forward passes for a text of so many units."""
