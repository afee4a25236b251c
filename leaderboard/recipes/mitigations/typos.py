"""Typos: slips of the keyboard, so that a misspelt word is still understood (Belinkov & Bisk 2018; Pruthi et al. 2019).

A slip exchanges two letters, leaves one out, doubles one, or hits the key beside it. The first letter stays, as people
mostly get it right and read a word by it (Pruthi et al. 2019).
"""

import re
from collections.abc import Callable, Iterator

import numpy as np

SHARE = 0.3
"""Of the words with four letters or more; one slip in each is some 5 % of all letters."""

_WORD = re.compile(r"(?<![\w@#/.])[A-Za-z]{4,}(?![\w@/]|://)")
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
"""Of a keyboard; each row stands half a key to the right of the one above."""


def typos(text: str, rng: np.random.Generator) -> str | None:
    """The text with a slip in some of its words, at least one; None where no word has four letters."""
    places = [match.span() for match in _WORD.finditer(text)]
    if not places:
        return None
    chosen = rng.choice(len(places), size=max(1, round(SHARE * len(places))), replace=False)
    for index in sorted(chosen, reverse=True):
        start, end = places[index]
        text = text[:start] + slip(text[start:end], rng) + text[end:]
    return text


def slip(word: str, rng: np.random.Generator) -> str:
    """A word of four letters or more with one slip behind its first letter; never the word itself."""
    at = int(rng.integers(1, len(word)))
    kind = _SLIPS[rng.integers(len(_SLIPS))]
    slipped = kind(word, at, rng)
    return _left_out(word, at, rng) if slipped == word else slipped


def _exchanged(word: str, at: int, _: np.random.Generator) -> str:
    first = max(1, at - 1)
    return word[:first] + word[first + 1] + word[first] + word[first + 2 :]


def _left_out(word: str, at: int, _: np.random.Generator) -> str:
    return word[:at] + word[at + 1 :]


def _doubled(word: str, at: int, _: np.random.Generator) -> str:
    return word[: at + 1] + word[at:]


def _beside(word: str, at: int, rng: np.random.Generator) -> str:
    keys = _NEIGHBOURS[word[at].lower()]
    key = keys[rng.integers(len(keys))]
    return word[:at] + (key.upper() if word[at].isupper() else key) + word[at + 1 :]


_SLIPS: tuple[Callable[[str, int, np.random.Generator], str], ...] = (_exchanged, _left_out, _doubled, _beside)


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
