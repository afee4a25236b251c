"""Words of a text that a user types, for explanations."""

import re
from collections.abc import Sequence

from leaderboard.axes.explainability.word_units import WordUnit, split_words
from leaderboard.backends.classifiers import UnspacedWords

_UNSPACED = re.compile("[\u0e00-\u0e7f\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
"""Characters of Chinese, Japanese and Thai, which write no spaces between words."""
_WORD_OR_MARK = re.compile(r"\w+(?:[-'’.]\w+)*|[^\w\s]")


def words_of(text: str) -> Sequence[str]:
    """Return the words of a text: separated by white space, or characters where a script has no spaces."""
    return split_words(text, WordUnit.CHARACTERS if _UNSPACED.search(text) else WordUnit.WORDS)


def words_beside_mask(text: str, mask: str) -> Sequence[str]:
    """Return the words of a text with one mask, which is a part of no more than one of them."""
    if not _UNSPACED.search(text):
        return words_of(text)
    before, _, after = text.partition(mask)
    return UnspacedWords((*words_of(before), mask, *words_of(after)))


def words_and_marks(text: str) -> Sequence[str]:
    """Return the words of a text with punctuation marks apart from them, as taggers are trained."""
    return words_of(text) if _UNSPACED.search(text) else _WORD_OR_MARK.findall(text)
