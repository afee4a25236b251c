"""Words of a text that a user types, for explanations."""

import re
from collections.abc import Sequence

import regex

from leaderboard.backends.classifiers import UnspacedWords

_WITHOUT_SPACES = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fff\u3001-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
"""Thai, Lao, Burmese, Khmer, kana and Han characters, which are written without spaces."""
_UNSPACED = re.compile(f"[{_WITHOUT_SPACES}]")
_LETTER = r"(?:\w[\p{M}\u200c\u200d]*)"
"""A letter or digit with its combining marks, which are no letters of their own."""
_WORD_OR_MARK = regex.compile(rf"{_LETTER}+(?:[-'’.]{_LETTER}+)*|(?!\s)\X")
_CHARACTER = regex.compile(rf"\s*(?:(?:(?![{_WITHOUT_SPACES}\uac00-\ud7ff_]){_LETTER})+|(?!\s)\X)")
"""A run of letters and digits of other scripts ("wifi", "2013"), or any other single character as readers see it."""
_WORD = re.compile(r"\s*\S+")


def has_no_spaces(text: str) -> bool:
    """Return whether a text has characters that are written without spaces between words."""
    return _UNSPACED.search(text) is not None


def words_of(text: str) -> Sequence[str]:
    """Return the words of a text: separated by white space, or characters where a script has no spaces.

    The words are joined to the text itself: where its white space is more than single spaces, each word has its own.
    """
    text = text.strip()
    words = text.split()
    return words if not has_no_spaces(text) and " ".join(words) == text else _with_spaces(text)


def words_beside_mask(text: str, mask: str) -> Sequence[str]:
    """Return the words of a text; its mask, if it has one, is a word of its own, apart from punctuation beside it."""
    words = words_of(text)
    if mask in words or mask not in text:
        return words
    before, _, after = text.strip().partition(mask)
    space = before[len(before.rstrip()) :]
    return UnspacedWords((*_with_spaces(before.rstrip()), space + mask, *_with_spaces(after)))


def words_and_marks(text: str) -> Sequence[str]:
    """Return the words of a text with punctuation marks apart from them, as taggers are trained."""
    return words_of(text) if has_no_spaces(text) else _WORD_OR_MARK.findall(text)


def _with_spaces(text: str) -> UnspacedWords:
    """Return the words of a text that does not end in white space, each with the white space before it."""
    return UnspacedWords((_CHARACTER if has_no_spaces(text) else _WORD).findall(text))
