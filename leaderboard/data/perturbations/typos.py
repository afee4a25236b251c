"""Typos: keyboard errors in some words of a text (Belinkov & Bisk 2018; Pruthi et al. 2019).

A typo swaps two letters, deletes one, doubles one, or replaces one by a neighbouring key. The first letter stays, since
it is rarely mistyped and readers rely on it (Pruthi et al. 2019).
"""

import re
from collections.abc import Callable, Iterator

import numpy as np

SHARE = 0.3
"""Share of the words with four letters or more that get a typo; one in each is some 5 % of all letters."""

_WORD = re.compile(r"(?<![\w@#/.])[A-Za-z]{4,}(?![\w@/]|://)")
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
"""Rows of a keyboard; each is half a key to the right of the one above."""


def add_typos(text: str, rng: np.random.Generator) -> str | None:
    """Add a typo to some words of a text, at least one; None where no word has four letters."""
    spans = [match.span() for match in _WORD.finditer(text)]
    if not spans:
        return None
    chosen = rng.choice(len(spans), size=max(1, round(SHARE * len(spans))), replace=False)
    for index in sorted(chosen, reverse=True):
        start, end = spans[index]
        text = text[:start] + slip(text[start:end], rng) + text[end:]
    return text


def slip(word: str, rng: np.random.Generator) -> str:
    """Return a word of four letters or more with one typo after its first letter; never the word itself."""
    at = int(rng.integers(1, len(word)))
    kind = _SLIPS[rng.integers(len(_SLIPS))]
    slipped = kind(word, at, rng)
    return _delete(word, at, rng) if slipped == word else slipped


def _swap(word: str, at: int, _: np.random.Generator) -> str:
    first = max(1, at - 1)
    return word[:first] + word[first + 1] + word[first] + word[first + 2 :]


def _delete(word: str, at: int, _: np.random.Generator) -> str:
    return word[:at] + word[at + 1 :]


def _double(word: str, at: int, _: np.random.Generator) -> str:
    return word[: at + 1] + word[at:]


def _hit_neighbour(word: str, at: int, rng: np.random.Generator) -> str:
    keys = _NEIGHBOURS[word[at].lower()]
    key = keys[rng.integers(len(keys))]
    return word[:at] + (key.upper() if word[at].isupper() else key) + word[at + 1 :]


_SLIPS: tuple[Callable[[str, int, np.random.Generator], str], ...] = (_swap, _delete, _double, _hit_neighbour)


def _neighbours(row: int, column: int) -> Iterator[str]:
    for other, columns in (
        (row - 1, (column, column + 1)),
        (row, (column - 1, column + 1)),
        (row + 1, (column - 1, column)),
    ):
        if 0 <= other < len(_ROWS):
            yield from (_ROWS[other][each] for each in columns if 0 <= each < len(_ROWS[other]))


_NEIGHBOURS = {
    key: tuple(_neighbours(row, column)) for row, keys in enumerate(_ROWS) for column, key in enumerate(keys)
}
