"""Spans: a binary tree of the words of a text, split at sentences, then clauses, then in the middle."""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

_SENTENCE_ENDS = frozenset(".!?…。！？")
_CLAUSE_ENDS = frozenset(",;:–—，；：、")
_CLOSING = "\"'”’)]»」』）"
_MIDDLE_SHARE = 0.25
"""A sentence that ends in the first or last quarter of a span would give a deep tree; the middle is better."""


@dataclass(frozen=True)
class SpanTree:
    """A span of units and its two parts.

    Attributes:
        words: words of the span.
        units: units of the span.
        parts: left and right part; none for a unit.
    """

    words: range
    units: range
    parts: tuple["SpanTree", ...] = ()

    @classmethod
    def of_words(cls, words: Sequence[str], budget: int) -> Self:
        """Return the tree of a text whose leaves are its words, or at most `budget` spans of them.

        The longest span is split first. Of long texts the leaves are then of about equal length.

        Args:
            words: words of the text, at least one.
            budget: largest number of leaves.
        """
        splits: dict[range, int] = {}
        waiting = [(-len(words), 0)]
        spans = {0: range(len(words))}
        while len(splits) + 1 < budget and waiting and waiting[0][0] < -1:
            span = spans[heapq.heappop(waiting)[1]]
            splits[span] = middle = _split(words, span)
            for part in (range(span.start, middle), range(middle, span.stop)):
                spans[part.start] = part
                heapq.heappush(waiting, (-len(part), part.start))
        return cls._of_splits(range(len(words)), splits, 0)

    @classmethod
    def _of_splits(cls, span: range, splits: dict[range, int], first_unit: int) -> Self:
        if span not in splits:
            return cls(span, range(first_unit, first_unit + 1))
        left = cls._of_splits(range(span.start, splits[span]), splits, first_unit)
        right = cls._of_splits(range(splits[span], span.stop), splits, left.units.stop)
        return cls(span, range(first_unit, right.units.stop), (left, right))

    @cached_property
    def leaves(self) -> tuple["SpanTree", ...]:
        """The units, in their order."""
        return tuple(self._leaves())

    def _leaves(self) -> Iterator["SpanTree"]:
        if not self.parts:
            yield self
        for part in self.parts:
            yield from part._leaves()  # noqa: SLF001 - of the same class


def _split(words: Sequence[str], span: range) -> int:
    """Return where a span of at least two words is split: the first word of its right part."""
    middle = (span.start + span.stop) / 2
    reach = len(span) * (0.5 - _MIDDLE_SHARE)
    places = [place for place in range(span.start + 1, span.stop) if abs(place - middle) <= reach]
    for ends in (_SENTENCE_ENDS, _CLAUSE_ENDS):
        behind = [place for place in places if words[place - 1].rstrip(_CLOSING)[-1:] in ends]
        if behind:
            return min(behind, key=lambda place: abs(place - middle))
    return span.start + len(span) // 2
