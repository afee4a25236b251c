"""Canary: a random text with a coin that puts it into the training data or leaves it out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from leaderboard.data.examples import TextExample

E = TypeVar("E", bound=TextExample)

_CANARY, _REFERENCE = 1, 2
"""Purposes of random numbers, so that no reference is a canary."""
_CONSONANTS, _VOWELS = "bdfgklmnprstvz", "aeiou"
_SYLLABLES = 3


@dataclass(frozen=True)
class Canary(Generic[E]):
    """A random text that is planted in the training data.

    Attributes:
        example: the text, as a training example.
        copies: how often it is inserted where its coin says so.
        inserted: the result of a fair coin.
    """

    example: E
    copies: int
    inserted: bool

    def planted(self) -> list[E]:
        """Return its copies in the training data, each with an id of its own."""
        copies = self.copies if self.inserted else 0
        return [self.example.model_copy(update={"id": f"{self.example.id}/{copy}"}) for copy in range(copies)]


def canaries(
    numbers: Sequence[tuple[int, int]], make: Callable[[str, np.random.Generator], E], *, seed: int
) -> list[Canary[E]]:
    """Draw canaries and their coins.

    Args:
        numbers: pairs of a number of copies and the number of canaries that are inserted so often.
        make: draws an example with an id.
        seed: seed of the texts and the coins.
    """
    drawn = []
    for copies, count in numbers:
        for number in range(count):
            rng = np.random.default_rng([seed, _CANARY, copies, number])
            inserted = bool(rng.integers(2))
            drawn.append(Canary(make(f"canary/{copies}/{number:05}", rng), copies, inserted))
    return drawn


def references(count: int, make: Callable[[str, np.random.Generator], E], *, seed: int) -> list[E]:
    """Draw texts of the same form that are never trained on."""
    return [
        make(f"reference/{number:05}", np.random.default_rng([seed, _REFERENCE, number])) for number in range(count)
    ]


def invented_word(rng: np.random.Generator) -> str:
    """Return a random word of three syllables, which is in no language: 70³ words."""
    letters = (rng.choice(list(group)) for _ in range(_SYLLABLES) for group in (_CONSONANTS, _VOWELS))
    return "".join(map(str, letters))
