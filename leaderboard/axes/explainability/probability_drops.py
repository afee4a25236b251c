"""ProbabilityDrops: by how much the probability of the explained class falls when units of a text are deleted."""

from collections.abc import Sequence

import numpy as np
import scipy

from leaderboard.arrays import FloatArray
from leaderboard.attributions.text_units import BoolArray, TextUnits


class ProbabilityDrops:
    """Drops of the probability of one class for sets of deleted units of one text.

    A set of deleted units is an integer whose bit i stands for unit i.

    Attributes:
        units: units of the text, with the log-odds of the class for any set of them.
    """

    def __init__(self, units: TextUnits) -> None:
        self.units = units

    @property
    def whole(self) -> float:
        """Probability of the class for the whole text."""
        return float(scipy.special.expit(self.units.whole))

    def kept(self, deleted: Sequence[int]) -> BoolArray:
        """Return which units stay when sets of them are deleted, shape (len(deleted), units)."""
        rows = [[not mask >> unit & 1 for unit in range(len(self.units))] for mask in deleted]
        return np.array(rows, dtype=bool).reshape(-1, len(self.units))

    def __call__(self, deleted: Sequence[int]) -> FloatArray:
        """Return the drop of the probability for sets of deleted units, shape (len(deleted),)."""
        drops: FloatArray = self.whole - scipy.special.expit(self.units.scores(self.kept(deleted)))
        return drops
