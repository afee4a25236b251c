"""Privacy guarantee: the (ε, δ) of a training by DP-SGD."""

from dataclasses import asdict, dataclass
from functools import cache
from typing import Any, Self

from leaderboard.training.dp_accounting import Accountant, Guarantee, delta_for, guarantee

_cached_guarantee = cache(guarantee)
"""The computation takes a second, and a training needs it before its first step and after its last."""


@dataclass(frozen=True)
class PrivacyGuarantee(Guarantee):
    """Guarantee of the weights of all steps together (DP-SGD, Abadi et al. 2016), with the clipping norm.

    It holds for single rows, against an attacker who does not know the seed, from which the noise can be drawn again.
    It is not a measurement of leakage. It does not cover what the choice of the best epoch and early stopping reveal
    about the search split, the class counts that balance the weights, the choice of settings, what a teacher learned,
    or other rows made from the same text.

    Attributes:
        clip: maximum norm of an example's gradient.
    """

    clip: float

    @classmethod
    def of(cls, *, noise: float, clip: float, rate: float, steps: int, rows: int) -> Self:
        """Compute the guarantee after a number of steps.

        Args:
            noise: standard deviation of the noise on the sum of gradients, in clipping norms; above 0.
            clip: maximum norm of an example's gradient.
            rate: probability with which each row is drawn at each step.
            steps: number of steps, at least 1.
            rows: number of rows that are drawn from.

        Raises:
            RequestError: when the accountant is not installed.
        """
        return cls(**asdict(_cached_guarantee(noise, rate, steps, delta_for(rows))), clip=clip)

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> Self:
        """Rebuild a guarantee from the output of `asdict`."""
        return cls(**(fields | {"accountant": Accountant(fields["accountant"])}))
