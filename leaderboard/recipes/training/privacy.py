"""Privacy: what a training with noise promises about each of its examples."""

from dataclasses import asdict, dataclass
from functools import cache
from typing import Any, Self

from leaderboard.recipes.mitigations.accounting import Accountant, Guarantee, delta_for, guarantee

_accounted = cache(guarantee)
"""Its sums take a second, and a training asks before its first step and behind its last."""


@dataclass(frozen=True)
class Privacy(Guarantee):
    """The guarantee of the weights of all steps together (DP-SGD, Abadi et al. 2016), and the clipping that it needs.

    It is one for rows, and against whoever does not know the seed, from which the noise can be drawn again. It is no
    measurement of a leak. It does not cover what the choice of the best epoch and early stopping tell of the search
    split, the counts of classes that balance their weights, the choice of settings, what a teacher learned, and other
    rows that were made of the same text.

    Attributes:
        clip: most that the norm of an example's gradient counts.
    """

    clip: float

    @classmethod
    def of(cls, *, noise: float, clip: float, rate: float, steps: int, rows: int) -> Self:
        """The promise after some steps.

        Args:
            noise: its standard deviation on the sum of gradients, in clipping norms; more than 0.
            clip: see above.
            rate: with which each row is drawn at each step.
            steps: how many; at least 1.
            rows: that are drawn from.

        Raises:
            RequestError: when the accountant is not installed.
        """
        return cls(**asdict(_accounted(noise, rate, steps, delta_for(rows))), clip=clip)

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Self:
        """The promise that `asdict` told."""
        return cls(**(kept | {"accountant": Accountant(kept["accountant"])}))
