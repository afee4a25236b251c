"""Perturbations of English texts that keep their meaning: letters, case, punctuation, contractions, space, numbers.

After Belinkov & Bisk 2018 (letters), Ribeiro et al. 2020 (CheckList: typos, contractions, numbers), Dhole et al. 2023
(NL-Augmenter: case, punctuation, space).
"""

import re
import string
from collections.abc import Mapping
from functools import cache

import numpy as np

from leaderboard.data.perturbations.matches import other_number, replace_matches
from leaderboard.data.perturbations.rewording import CONTRACTIONS
from leaderboard.data.perturbations.synonyms import replace_synonyms, synonym_table
from leaderboard.data.perturbations.typos import slip
from leaderboard.data.sampling import position

_WORD = re.compile(r"(?<![\w@#/.])[A-Za-z]{4,}(?![\w@/]|://)")
"""A word of four letters or more, outside of names of users and addresses."""
_SPACE = re.compile(r"(?<=\S) (?=\S)")
_SPACES = ("  ", "   ", "\t", "\n")
_NUMBER = re.compile(r"(?<![\w.,])\d+(?![\w]|[.,]\d)")
_MARKS = re.escape(string.punctuation)
_CLITIC = r"['’](?:s|m|re|ve|ll|d)\b"
_SEPARATE_PUNCTUATION = re.compile(rf"(?<!\w)(?!{_CLITIC})[{_MARKS}]+|[{_MARKS}]+(?!\w)", re.IGNORECASE)
"""Punctuation that is not within a word: the apostrophe of "don't" and the hyphen of "low-key" stay."""


def mistype(text: str, key: str, share: float) -> str:
    """Swap, delete, double or mistype a letter in some of the words, never the first of the word."""
    return replace_matches(_WORD, lambda word, at: slip(word, _random(at)), text, f"typos:{key}", share)


def swap_letters(text: str, key: str, share: float) -> str:
    """Swap two neighbouring letters within some of the words; the first and the last stay in place."""
    return replace_matches(_WORD, _swap_inner, text, f"letter_swaps:{key}", share)


def vary_space(text: str, key: str, share: float) -> str:
    """Replace some of the spaces by two or three, a tab, or a new line."""
    return replace_matches(_SPACE, lambda _, at: _one_of(_SPACES, at), text, f"whitespace:{key}", share)


def change_numbers(text: str, key: str, share: float) -> str:
    """Replace some of the whole numbers by others of as many digits."""
    return replace_matches(_NUMBER, other_number, text, f"numbers:{key}", share)


def use_synonyms(text: str, key: str, share: float) -> str:
    """Replace some of the words by synonyms from WordNet, at most this share of the words.

    Raises:
        SourceUnavailableError: when WordNet cannot be reached.
    """
    changed = replace_synonyms(text, _random(f"synonyms:{key}:{text}"), synonym_table(), share)
    return text if changed is None else changed


def remove_punctuation(text: str) -> str:
    """Remove punctuation that is not within a word."""
    return re.sub(r" {2,}", " ", _SEPARATE_PUNCTUATION.sub("", text)).strip() or text


def exchange_contractions(text: str) -> str:
    """Write contractions out, and contract what is written out: "don't" and "it is" become "do not" and "it's".

    Texts that are split into tokens as in the Penn Treebank ("do n't") are read, too.
    """
    forms = _contraction_forms()
    return _contraction_pattern().sub(lambda match: _in_case(match[0], forms[_plain(match[0])]), text)


def _random(key: str) -> np.random.Generator:
    return np.random.default_rng(int(position(key) * (1 << 53)))


def _one_of(choices: tuple[str, ...], key: str) -> str:
    return choices[int(position(key) * len(choices))]


def _swap_inner(word: str, key: str) -> str:
    places = [at for at in range(1, len(word) - 2) if word[at] != word[at + 1]]
    if not places:
        return word
    at = places[int(position(key) * len(places))]
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _plain(phrase: str) -> str:
    return re.sub(r" (?=n't|')", "", " ".join(phrase.replace("’", "'").lower().split()))


def _in_case(phrase: str, replacement: str) -> str:
    """Return a replacement that begins with a capital letter where the phrase does; "I" always is one."""
    written = re.sub(r"^i(?=['\s])", "I", replacement)
    return written[0].upper() + written[1:] if phrase[0].isupper() else written


@cache
def _contraction_forms() -> Mapping[str, str]:
    return {**CONTRACTIONS, **{written: contraction for contraction, written in CONTRACTIONS.items()}}


@cache
def _contraction_pattern() -> re.Pattern[str]:
    forms = sorted(_contraction_forms(), key=len, reverse=True)
    phrases = "|".join(re.sub(r"(n(?='t))?'", r" ?\1['’]", form.replace(" ", r"\s+")) for form in forms)
    return re.compile(rf"(?<![\w'’])(?:{phrases})(?![\w'’]| n['’]t)", re.IGNORECASE)
