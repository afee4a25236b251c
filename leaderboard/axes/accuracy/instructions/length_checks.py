"""Length checks: how many characters, words, sentences, paragraphs a text has."""

import re
from typing import ClassVar

from leaderboard.axes.accuracy.instructions.check import CountCheck
from leaderboard.axes.accuracy.sentences import WORD, sentences_of

_PARAGRAPH = re.compile(r"\n\s*\n")


class Characters(CountCheck):
    """Number of characters, without white space at either end."""

    name: ClassVar[str] = "characters"

    def count(self, text: str) -> int:
        """Return the number of characters."""
        return len(text.strip())


class WordNumber(CountCheck):
    """Number of words, as word processors count them: parted by white space; each Han or kana character is one."""

    name: ClassVar[str] = "words"

    def count(self, text: str) -> int:
        """Return the number of words that have a letter or a digit."""
        return len(WORD.findall(text))


class Sentences(CountCheck):
    """Number of sentences: parted by the end of a line, and by full stops, exclamation and question marks.

    The full stop of an initial, or of a title such as "Dr.", ends none.
    """

    name: ClassVar[str] = "sentences"

    def count(self, text: str) -> int:
        """Return the number of sentences that have a letter or a digit."""
        return len(sentences_of(text))


class Paragraphs(CountCheck):
    """Number of paragraphs, which an empty line parts."""

    name: ClassVar[str] = "paragraphs"

    def count(self, text: str) -> int:
        """Return the number of paragraphs that are not empty."""
        return sum(bool(paragraph.strip()) for paragraph in _PARAGRAPH.split(text))


class Lines(CountCheck):
    """Number of lines that are not empty."""

    name: ClassVar[str] = "lines"

    def count(self, text: str) -> int:
        """Return the number of lines that are not empty."""
        return sum(bool(line.strip()) for line in text.splitlines())
