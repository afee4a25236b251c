"""Deduplication: what a text says is learned once, since what is repeated is memorised (Lee et al. 2022)."""

from collections.abc import Iterable

from leaderboard.data.examples import TextExample
from leaderboard.data.overlap import fingerprint


def without_copies(examples: Iterable[TextExample]) -> list[TextExample]:
    """The examples of which no earlier one says the same (see `data.overlap.fingerprint`).

    Of copies with different labels the first stays too: nobody here knows which label is right.
    """
    first: dict[str, TextExample] = {}
    for example in examples:
        first.setdefault(fingerprint(example), example)
    return list(first.values())
