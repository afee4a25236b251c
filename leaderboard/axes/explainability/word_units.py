"""Word units: the parts of a text that an explanation scores and deletes."""

import re
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from functools import cache

from leaderboard.backends.classifiers import UnspacedWords
from leaderboard.errors import NotMeasurableError
from leaderboard.installing import install_command

_CHARACTER = re.compile(r"\s*(?:[^\W_\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff]+|\S)")
"""A run of letters and digits of other scripts ("wifi", "2013"), or any other single character."""


class WordUnit(StrEnum):
    """Unit of an explanation.

    `words` are separated by white space. `characters` are those of Chinese texts, where a number or a Latin word counts
    as one; `jieba` are the words that jieba finds in a Chinese text.
    """

    WORDS = "words"
    CHARACTERS = "characters"
    JIEBA = "jieba"


def plural(unit: WordUnit) -> str:
    """Return the name of several units, for messages."""
    return "words of jieba" if unit is WordUnit.JIEBA else unit.value


def split_words(text: str, unit: WordUnit) -> Sequence[str]:
    """Return the units of a text; `UnspacedWords` where they are not separated by white space.

    Raises:
        NotMeasurableError: for `jieba` where it is not installed.
    """
    if unit is WordUnit.WORDS:
        return text.split()
    if unit is WordUnit.CHARACTERS:
        return UnspacedWords(match.group() for match in _CHARACTER.finditer(text.strip()))
    return UnspacedWords(_with_spaces(_jieba()(text.strip())))


@cache
def _jieba() -> Callable[[str], list[str]]:
    try:
        import rjieba  # noqa: PLC0415 - an extra
    except ImportError:
        raise NotMeasurableError(
            f"rjieba is not installed, which splits Chinese texts into words: {install_command('chinese')}, "
            "or use `units: characters`"
        ) from None
    split: Callable[[str], list[str]] = rjieba.Jieba().cut
    return split


def _with_spaces(words: Iterable[str]) -> Iterable[str]:
    """Yield words, each with the white space before it, which jieba takes for words of its own."""
    space = ""
    for word in words:
        if word.isspace():
            space += word
        else:
            yield space + word
            space = ""
