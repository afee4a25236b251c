"""Neighbours of a text: the same words, a few of them in another order."""

import numpy as np

from leaderboard.data.sampling import position

SHARE = 0.1
"""Share of the pairs of neighbouring words that change places, and at least one."""


def neighbours_of(text: str, count: int) -> list[str]:
    """Return neighbours of a text, in each of which some neighbouring words have changed places.

    Which ones depends on the text alone. Words are separated by white space, or are the characters of a text without
    any. A text of one word has no other order: it is its own neighbour.

    Args:
        text: any.
        count: number of neighbours.
    """
    separator = " " if len(text.split()) > 1 else ""
    words = text.split() if separator else list(text)
    rng = np.random.default_rng(int(position(f"neighbours:{text}") * (1 << 53)))
    return [separator.join(_reordered(words, rng)) for _ in range(count)]


def _reordered(words: list[str], rng: np.random.Generator) -> list[str]:
    changed = list(words)
    pairs = len(words) - 1
    for at in rng.permutation(pairs)[: max(1, round(SHARE * pairs))] if pairs > 0 else ():
        changed[at], changed[at + 1] = changed[at + 1], changed[at]
    return changed
