"""Near copies: rows that differ from a row learned from by a word or a few, which no digest finds."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from leaderboard.data.comparable import words_of
from leaderboard.data.overlap import TOLERATED

SIMILAR = 0.8
"""Least Jaccard similarity of two texts' words, each word as often as it is there."""

_SHORT = 4
"""Texts up to so many words are also near copies where one has a single word more: there that is less than SIMILAR."""
_SHORTEST = 2
"""Words that the shorter of them has at least."""

_MOST_COMPARED = 1000
"""Texts that one is compared with at most, so that templates of a few words take no hours; then it counts as none."""
_MOST_ROWS = 5000
"""Rows of a split that are looked at: enough to say which share of it are near copies."""

Words = tuple[int, ...]
"""A text's words by number, rarest first; the same word a second time has a number of its own."""


class NearCopies:
    """Finds texts that are nearly one of many others, exactly: prefix filtering (Bayardo et al. 2007, AllPairs).

    Two texts of Jaccard similarity t or more share one of their |x| - ceil(t |x|) + 1 rarest words, so that only texts
    that share one of these are compared.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        """Take in the texts that others may be near copies of."""
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
        """Whether each text is one of the others, or nearly."""
        return [self._is_near(self._words(text)) for text in texts]

    def _words(self, text: str) -> Words:
        """Unknown words come first, as the rarest: numbers below 0."""
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


def near_copy_note(copies: NearCopies, rows: Sequence[tuple[str, str]], split: str) -> str | None:
    """A sentence that says how many rows of a split nearly repeat a row learned from; None for no more than chance.

    Corpora of other sources share .003 at most; see `overlap.TOLERATED`.

    Args:
        copies: of the rows that are learned from.
        rows: id and text of each row of the split.
        split: its name.
    """
    some = rows[:: max(1, math.ceil(len(rows) / _MOST_ROWS))]
    near = [name for (name, _), is_near in zip(some, copies.near([text for _, text in some]), strict=True) if is_near]
    if len(near) <= max(1, TOLERATED * len(some)):
        return None
    share = f"{len(near)} of {len(some)} rows of split '{split}' ({len(near) / len(some):.0%})"
    return (
        f"{share} repeat a row that was learned from, but for a few words, such as {near[0]}: "
        "the score there says little of other texts"
    )


def _counted(text: str) -> list[tuple[str, int]]:
    seen: Counter[str] = Counter()
    counted = []
    for word in words_of(text):
        counted.append((word, seen[word]))
        seen[word] += 1
    return counted


def _prefix(length: int) -> int:
    return length - math.ceil(SIMILAR * length - 1e-9) + 1


def _without_one(words: Words) -> list[Words]:
    return [words[:place] + words[place + 1 :] for place in range(len(words))]
