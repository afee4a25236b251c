"""Span answers: comparison of answers with spans of a text exactly as the scripts of SQuAD and CMRC 2018 do."""

import re
import string
from collections import Counter
from collections.abc import Sequence

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)
_HAN = re.compile(r"[\u4e00-\u9fa5]")
_CMRC_PUNCTUATION = frozenset("-:_*^/\\~`+=，。：？！“”；’《》·、「」（）－～『』")
"""Characters that the script of CMRC 2018 removes. Its `……` is two characters, so that it never equals one."""
_LATIN = re.compile(r"\w+(?:[.,]\w+)*|[^\w\s]")


def squad_words(text: str) -> list[str]:
    """Return the words of a text after the normalisation of SQuAD's script, version 1.1 (Rajpurkar et al. 2016).

    Lower case, without the ASCII punctuation of `string.punctuation`, without articles.
    """
    return _ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split()


def squad_match(answer: str, references: Sequence[str]) -> bool:
    """Return whether an answer has the words of one of its references."""
    return any(squad_words(answer) == squad_words(reference) for reference in references)


def squad_f1(answer: str, references: Sequence[str]) -> float:
    """Return the largest F1 of the words that an answer shares with a reference; 0 where it shares none."""
    return max(_squad_f1(squad_words(answer), squad_words(reference)) for reference in references)


def _squad_f1(answer: Sequence[str], reference: Sequence[str]) -> float:
    shared = (Counter(answer) & Counter(reference)).total()
    return 2 * shared / (len(answer) + len(reference)) if shared else 0.0


def cmrc_match(answer: str, references: Sequence[str]) -> bool:
    """Return whether an answer is one of its references in lower case, without the punctuation of the script."""
    return any(_cmrc_text(answer) == _cmrc_text(reference) for reference in references)


def cmrc_f1(answer: str, references: Sequence[str]) -> float:
    """Return the largest F1 of an answer's longest common run of segments with a reference (Cui et al. 2019).

    A segment is a Chinese character, or a word of another script, which the script takes from nltk's tokenizer of
    English and this function from a pattern: letters and digits with the full stops and commas among them, or any other
    single character.
    """
    return max(_cmrc_f1(cmrc_segments(answer), cmrc_segments(reference)) for reference in references)


def cmrc_segments(text: str) -> list[str]:
    """Return the segments of a text without the punctuation of the script."""
    return _LATIN.findall(_HAN.sub(r" \g<0> ", _cmrc_text(text)))


def _cmrc_f1(answer: Sequence[str], reference: Sequence[str]) -> float:
    shared = _longest_run(answer, reference)
    return 2 * shared / (len(answer) + len(reference)) if shared else 0.0


def _cmrc_text(text: str) -> str:
    return "".join(letter for letter in text.lower().strip() if letter not in _CMRC_PUNCTUATION)


def _longest_run(one: Sequence[str], other: Sequence[str]) -> int:
    """Return the length of the longest run of segments that both have."""
    longest, before = 0, [0] * (len(other) + 1)
    for segment in one:
        here = [0]
        for place, candidate in enumerate(other):
            here.append(before[place] + 1 if segment == candidate else 0)
        longest, before = max(longest, *here), here
    return longest
