"""Random choices that depend on what an example says alone: not on its place in a file, nor on the machine."""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

from leaderboard.data.examples import Example

E = TypeVar("E", bound=Example)

_NOT_CONTENT = frozenset({"id", "label", "tags"})
_SCALE = 1 << 64


def content(example: Example) -> str:
    """What an example says: all its fields but its id and labels, without differences of case and white space."""
    said = [getattr(example, name) for name in type(example).model_fields if name not in _NOT_CONTENT]
    return "\x1f".join(" ".join(str(value).split()).casefold() for value in said if value is not None)


def position(text: str) -> float:
    """A number in [0, 1), uniform over texts: the first 64 bits of the text's SHA-256."""
    # A double cannot hold 64 bits: dropping 11 keeps the largest below 1.
    return (_hash(text) >> 11) / (_SCALE >> 11)


def share_of(examples: Sequence[E], low: float, high: float) -> list[E]:
    """The examples whose content stands in [low, high) of [0, 1); those that say the same stay together."""
    return [example for example in examples if low <= position(content(example)) < high]


def draw_fixed(examples: Sequence[E], n: int) -> list[E]:
    """At most n examples, the same ones every time, in the order they came in.

    Which ones is independent of `share_of`.
    """
    order = sorted(range(len(examples)), key=lambda index: (_hash(f"rows:{content(examples[index])}"), index))
    return [examples[index] for index in sorted(order[:n])]


def draw(examples: Sequence[E], n: int, seed: int) -> list[E]:
    """The first n examples in a random order that the seed chooses: a smaller n gives a prefix of a larger one's."""
    order = sorted(range(len(examples)), key=lambda index: (_hash(f"{seed}:{content(examples[index])}"), index))
    return [examples[index] for index in order[:n]]


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
