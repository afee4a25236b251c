"""Requests of `--until`: when a run stops asking examples, as a user writes it."""

import math
import re
from dataclasses import dataclass

from leaderboard.errors import RequestError

_WIDTH = re.compile(r"(?:±|\+/?-)?\s*(\d*\.?\d+(?:e-?\d+)?)", re.IGNORECASE)
_LARGEST = 0.5
"""Half-width above which no interval of a probability can be."""


@dataclass(frozen=True, slots=True)
class UntilWidth:
    """Ask until the metric is known to within `half_width` on either side."""

    half_width: float

    def __str__(self) -> str:
        """The request as a user writes it."""
        return f"±{self.half_width:g}"


@dataclass(frozen=True, slots=True)
class UntilBetter:
    """Ask until it is decided whether `first` is better than `second`; one of them is the subject that is measured."""

    first: str
    second: str

    def __str__(self) -> str:
        """The request as a user writes it."""
        return f"{self.first} > {self.second}"


StoppingRequest = UntilWidth | UntilBetter


def stopping_request(text: str | float | None) -> StoppingRequest | None:
    """Return the request of `--until`; None without the option.

    Args:
        text: `±0.02`, `0.02` or `A > B`.

    Raises:
        RequestError: for any other text.
    """
    if text is None:
        return None
    sides = [side.strip() for side in str(text).split(">")]
    if len(sides) == 2 and all(sides):  # noqa: PLR2004 - A and B
        return UntilBetter(*sides)
    width = _WIDTH.fullmatch(str(text).strip())
    number = math.nan if width is None or isinstance(text, bool) else float(width[1])
    if not 0 < number < _LARGEST:
        raise RequestError(
            f"--until {text!r}: neither a half-width between 0 and {_LARGEST} nor a comparison of two subjects\n"
            "  Write --until ±0.02, or --until 'A > B' with the names of the measured subject and of a stored one"
        )
    return UntilWidth(number)
