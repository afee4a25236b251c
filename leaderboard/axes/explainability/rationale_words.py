"""Rationale words: the units of a text that a person marked."""

from collections.abc import Iterable, Sequence
from itertools import chain

_COVERED = 0.5


def marked_words(text: str, words: Sequence[str], spans: Iterable[tuple[int, int]]) -> list[bool]:
    """Return whether each word is marked: whether spans cover at least half of its letters and digits.

    Marks that are off by a character, or leave out a quotation mark or a full stop, then mark the same words. Of a word
    without letters and digits all characters count.

    Args:
        text: the text.
        words: its words in their order, as `split_words` returns them.
        spans: first character of each span and the one after its last.
    """
    covered = set(chain.from_iterable(range(start, end) for start, end in spans))
    marked, position = [], 0
    for word in words:
        letters = word.strip()
        start = text.index(letters, position)
        position = start + len(letters)
        counted = [place for place in range(start, position) if text[place].isalnum()] or list(range(start, position))
        marked.append(sum(place in covered for place in counted) >= _COVERED * len(counted))
    return marked
