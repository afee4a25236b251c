"""Near-duplicates: rows that differ from a training row by a few words, which no digest finds."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from leaderboard.data.overlap import TOLERATED
from leaderboard.data.text_normalization import words_of

SIMILAR = 0.8
"""Minimum Jaccard similarity of the multisets of words of two texts."""

_SHORT = 4
"""Length in words up to which a text with one more word is a near-duplicate, although less similar than SIMILAR."""
_SHORTEST = 2
"""Minimum number of words of the shorter text."""

_MOST_COMPARED = 1000
"""Maximum number of comparisons of a text, which then counts as not a duplicate; it bounds the time."""
_MOST_ROWS = 5000
"""Number of rows of a split that are checked, enough to estimate the share of near-duplicates."""

Words = tuple[int, ...]
"""Numbers of the words of a text, rarest first; a repeated word has another number."""


class NearDuplicates:
    """Finds near-duplicates of given texts exactly, by prefix filtering (Bayardo et al. 2007, AllPairs).

    Two texts of Jaccard similarity t or more share one of their |x| - ceil(t |x|) + 1 rarest words, so that only texts
    that share one of these are compared.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        """Index the texts to compare with."""
        counted = [_counted(text) for text in dict.fromkeys(texts)]
        frequency = Counter(word for words in counted for word in words)
        ranked = sorted(frequency, key=lambda word: (frequency[word], word))
        self._numbers = {word: number for number, word in enumerate(ranked)}
        self._texts = list(dict.fromkeys(tuple(sorted(map(self._numbers.__getitem__, words))) for words in counted))
        self._with: defaultdict[int, list[int]] = defaultdict(list)
        self._short: set[Words] = set()
        for place, words in enumerate(self._texts):
            for word in words[: _prefix(len(words))]:
                self._with[word].append(place)
            if len(words) <= _SHORT + 1:
                self._short.add(words)
        self._shortened = {fewer for words in self._short if len(words) > _SHORTEST for fewer in _without_one(words)}

    def near(self, texts: Sequence[str]) -> list[bool]:
        """Return whether each text is a duplicate or near-duplicate of an indexed text."""
        return [self._is_near(self._words(text)) for text in texts]

    def _words(self, text: str) -> Words:
        """Return the numbers of the words of a text; unknown words are the rarest, with numbers below 0."""
        counted = _counted(text)
        unknown = iter(range(-len(counted), 0))
        numbers = [self._numbers[word] if word in self._numbers else next(unknown) for word in counted]
        return tuple(sorted(numbers))

    def _is_near(self, words: Words) -> bool:
        if not words:
            return False
        if len(words) <= _SHORT + 1 and self._is_nearly_short(words):
            return True
        least, most = math.ceil(SIMILAR * len(words) - 1e-9), len(words) / SIMILAR + 1e-9
        mine = frozenset(words)
        compared: set[int] = set()
        for word in words[: _prefix(len(words))]:
            for place in self._with.get(word, ()):
                other = self._texts[place]
                if place in compared or not least <= len(other) <= most:
                    continue
                if len(compared) == _MOST_COMPARED:
                    return False
                compared.add(place)
                shared = len(mine.intersection(other))
                if shared >= SIMILAR * (len(words) + len(other) - shared) - 1e-9:
                    return True
        return False

    def _is_nearly_short(self, words: Words) -> bool:
        if words in self._short or (len(words) >= _SHORTEST and words in self._shortened):
            return True
        return len(words) > _SHORTEST and any(fewer in self._short for fewer in _without_one(words))


def near_duplicate_note(copies: NearDuplicates, rows: Sequence[tuple[str, str]], split: str) -> str | None:
    """Return a sentence on how many rows of a split nearly repeat a training row; None for no more than chance.

    Unrelated corpora share at most 0.3 %, as explained at `overlap.TOLERATED`.

    Args:
        copies: index of the training rows.
        rows: id and text of each row of the split.
        split: its name.
    """
    some = rows[:: max(1, math.ceil(len(rows) / _MOST_ROWS))]
    near = [name for (name, _), is_near in zip(some, copies.near([text for _, text in some]), strict=True) if is_near]
    if len(near) <= max(1, TOLERATED * len(some)):
        return None
    share = f"{len(near)} of {len(some)} rows of split '{split}' ({len(near) / len(some):.0%})"
    return (
        f"{share} repeat a training row except for a few words, such as {near[0]}: "
        "the score on them says little about other texts"
    )


def _counted(text: str) -> list[tuple[str, int]]:
    counts: Counter[str] = Counter()
    counted = []
    for word in words_of(text):
        counted.append((word, counts[word]))
        counts[word] += 1
    return counted


def _prefix(length: int) -> int:
    return length - math.ceil(SIMILAR * length - 1e-9) + 1


def _without_one(words: Words) -> list[Words]:
    return [words[:place] + words[place + 1 :] for place in range(len(words))]
