"""Swaps: the words in which the two sentences of a pair differ, by which pairs depend on each other."""

import difflib
import unicodedata
from collections import Counter
from collections.abc import Sequence
from itertools import groupby

from leaderboard.axes.protocol import Observation
from leaderboard.data.text_normalization import UNSPACED, words_of

SWAPPED = "swapped"
"""Key of an observation of a pair of sentences: its swapped words."""
_APOSTROPHES = "'’"


def swapped_words(more: str, less: str) -> list[str]:
    """Return the words, case-folded, in which two sentences differ; sorted, each once.

    The two sentences are aligned word by word (difflib's SequenceMatcher), and character by character where a script
    has no spaces. Where they differ in punctuation or case alone nothing is swapped.
    """
    words_more, words_less = (words_of(_split_punctuation(sentence)) for sentence in (more, less))
    words: set[str] = set()
    for tag, start, end, start_other, end_other in difflib.SequenceMatcher(
        None, words_more, words_less, autojunk=False
    ).get_opcodes():
        if tag != "equal":
            words.update(_join_unspaced(words_more[start:end]), _join_unspaced(words_less[start_other:end_other]))
    return sorted(words)


def cluster_of(pair: Observation) -> str:
    """Return the words that a pair swaps as the name of its cluster; its own id where none are recorded."""
    return "/".join(pair.data.get(SWAPPED, ())) or f"#{pair.example_id}"


def swap_notes(pairs: Sequence[Observation]) -> tuple[str, ...]:
    """Return a note on pairs that swap the same words; empty where no two pairs do."""
    swaps = Counter(cluster_of(pair) for pair in pairs if pair.data.get(SWAPPED))
    if swaps.total() == len(swaps):
        return ()
    largest = max(swaps.values())
    words = min(swap for swap, count in swaps.items() if count == largest)
    note = (
        f"{swaps.total()} pairs swap {len(swaps)} different sets of words, {largest} of them {words}: "
        "pairs with a common word are not independent, and the interval is wider for it"
    )
    return (note,)


def _split_punctuation(sentence: str) -> str:
    """Replace punctuation between words by spaces (African-American, and/or)."""
    return "".join(
        " " if unicodedata.category(letter).startswith("P") and letter not in _APOSTROPHES else letter
        for letter in sentence
    )


def _join_unspaced(words: Sequence[str]) -> list[str]:
    """Join consecutive characters of a script without spaces into one word."""
    runs = [(unspaced, list(run)) for unspaced, run in groupby(words, key=lambda word: bool(UNSPACED.fullmatch(word)))]
    return [word for unspaced, run in runs for word in (["".join(run)] if unspaced else run)]
