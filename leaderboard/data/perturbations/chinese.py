"""Perturbations of Chinese texts: homophones, similar shapes, traditional forms, and width.

Input methods by sound produce homophones (同音字), those by shape and optical character recognition characters of
similar shape (形近字); wrong characters that people write are often one or the other (Liu et al. 2010).
"""

from collections.abc import Mapping
from functools import cache

from leaderboard.data.perturbations.chinese_characters import HOMOPHONES, SIMILAR_SHAPES, TRADITIONAL
from leaderboard.data.sampling import position

_FULL_WIDTH = 0xFEE0
"""Distance of a full-width form (U+FF01 to U+FF5E) from its ASCII character."""
_PUNCTUATION = str.maketrans({"，": ",", "。": ".", "！": "!", "？": "?", "：": ":", "；": ";", "（": "(", "）": ")"})
_TO_FULL = {code: code + _FULL_WIDTH for code in range(ord("!"), ord("~") + 1)}


def replace_homophones(text: str, key: str, share: float) -> str:
    """Replace a share of the Chinese characters, at least one, by others of the same sound."""
    return _replace(text, _alternatives(HOMOPHONES), f"homophones:{key}", share)


def replace_similar_shapes(text: str, key: str, share: float) -> str:
    """Replace a share of the Chinese characters, at least one, by others of a similar shape."""
    return _replace(text, _alternatives(SIMILAR_SHAPES), f"similar_shapes:{key}", share)


def to_traditional(text: str) -> str:
    """Replace simplified characters by their traditional forms, where there is one alone."""
    return text.translate(_traditional())


def exchange_widths(text: str) -> str:
    """Replace ASCII letters, digits and punctuation by full-width forms, and Chinese punctuation by that of ASCII."""
    return text.translate({**_TO_FULL, **_PUNCTUATION})


def _replace(text: str, alternatives: Mapping[str, str], key: str, share: float) -> str:
    """Replace the characters at the places that come first in a random order, which depends on key and text alone."""
    places = [place for place, letter in enumerate(text) if letter in alternatives]
    count = max(1, round(share * sum("\u4e00" <= letter <= "\u9fff" for letter in text)))
    order = sorted(places, key=lambda place: position(f"{key}:{place}:{text}"))
    letters = list(text)
    for place in order[:count]:
        others = alternatives[letters[place]]
        letters[place] = others[int(position(f"{key}:other:{place}:{text}") * len(others))]
    return "".join(letters)


@cache
def _alternatives(table: str) -> Mapping[str, str]:
    """Return the other characters of the group of each character."""
    return {letter: group.replace(letter, "") for group in table.split() for letter in group}


@cache
def _traditional() -> Mapping[int, str]:
    return {ord(pair[0]): pair[1] for pair in TRADITIONAL.split()}
