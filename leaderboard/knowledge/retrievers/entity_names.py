"""EntityNames: facts about the entities that a question names."""

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from itertools import chain, zip_longest
from typing import TYPE_CHECKING, ClassVar

from leaderboard.knowledge.fact import Fact
from leaderboard.knowledge.retriever import FactIndex, Retriever
from leaderboard.knowledge.words import is_unspaced, normalised, words_of

if TYPE_CHECKING:
    from leaderboard.backends.model import Model

LONGEST_NAME = 80
"""Maximum characters of a name that is looked for in a question."""
_QUALIFIED = re.compile(r"^(.+?)\s*[（(][^（()）]*[)）]$")
"""A name that a parenthesis tells from others, such as "刘晓华（广东工业大学教授）" or "Mercury (planet)"."""


class EntityNames(Retriever):
    """Find the entities that a question names, and rank the facts about each by the words of their relation.

    A name may go without the parenthesis that tells it from others, and is found as a whole word, in scripts without
    spaces anywhere. Longer names come first, and no name is found inside another one. One fact of each entity is taken
    in turn. The facts of an entity are ranked by the share of the words of their relation (of a definition, its words:
    Lesk 1986) that the question has; ties keep their order.
    """

    name: ClassVar[str] = "entities"
    source: ClassVar[str] = "dictionary linking as in Mendes et al. 2011 (DBpedia Spotlight); Lesk 1986 for definitions"
    needs_entities: ClassVar[bool] = True

    def index(self, facts: Sequence[Fact], encoder: "Model | None") -> FactIndex:
        """Return the facts by the names of their entities."""
        del encoder
        from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS  # noqa: PLC0415 - slow to import

        places: dict[str, list[int]] = defaultdict(list)
        for place, fact in enumerate(facts):
            for name in names_of(fact.entity):
                if name not in ENGLISH_STOP_WORDS:
                    places[name].append(place)
        return _NameIndex(facts, places, ENGLISH_STOP_WORDS)


def names_of(entity: str) -> tuple[str, ...]:
    """Return the names under which an entity is found, in lower case."""
    whole = normalised(entity).strip()
    match = _QUALIFIED.match(whole)
    return (whole, match[1]) if match else (whole,)


class _NameIndex(FactIndex):
    def __init__(self, facts: Sequence[Fact], places: Mapping[str, Sequence[int]], stop_words: Collection[str]) -> None:
        self._facts = facts
        self._stop_words = stop_words
        self._places = places
        self._longest = min(LONGEST_NAME, max(map(len, places), default=0))

    def search(self, question: str, k: int) -> list[int]:
        text, words = normalised(question), set(words_of(question)).difference(self._stop_words)
        by_entity = [self._ranked(name, words - set(words_of(name))) for name in self._named(text)]
        in_turn = chain.from_iterable(zip_longest(*by_entity))
        return list(dict.fromkeys(place for place in in_turn if place is not None))[:k]

    def _named(self, text: str) -> list[str]:
        """Return the names in a text, the longest first, none inside another one."""
        spans = [
            (start, end)
            for start in range(len(text))
            for end in range(start + 1, min(len(text), start + self._longest) + 1)
            if text[start:end] in self._places and _is_apart(text, start) and _is_apart(text, end)
        ]
        taken: list[tuple[int, int]] = []
        for start, end in sorted(spans, key=lambda span: (span[0] - span[1], span[0])):
            if all(end <= other_start or start >= other_end for other_start, other_end in taken):
                taken.append((start, end))
        return list(dict.fromkeys(text[start:end] for start, end in taken))

    def _ranked(self, name: str, words: set[str]) -> list[int]:
        return sorted(self._places[name], key=lambda place: -_overlap(self._facts[place], words))


def _overlap(fact: Fact, words: set[str]) -> float:
    """Return the share of the words of a relation that a question has; of a definition, their number."""
    if not fact.relation:
        return float(len(words & set(words_of(fact.value))))
    own = set(words_of(fact.relation))
    return len(own & words) / max(1, len(own))


def _is_apart(text: str, place: int) -> bool:
    """Return whether a word may begin or end at a place of a text."""
    if place in (0, len(text)):
        return True
    before, after = text[place - 1], text[place]
    return not (before.isalnum() and after.isalnum()) or is_unspaced(before) or is_unspaced(after)
