"""Keyword checks: words that a text has or avoids, and how it begins and ends."""

import re
from functools import lru_cache
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, Field

from leaderboard.axes.accuracy.instructions.check import CountCheck, InstructionCheck
from leaderboard.data.patterns import check_pattern, limited_pattern

_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("the text is empty")
    return text


def _valid_pattern(pattern: str) -> str:
    check_pattern(pattern)
    return pattern


Keyword = Annotated[str, AfterValidator(_not_blank)]
Keywords = Annotated[tuple[Keyword, ...], Field(min_length=1)]


def occurrences(keyword: str, text: str) -> int:
    """Return how often a keyword is in a text: as whole words, whatever their case; in Chinese anywhere."""
    return len(_keyword_pattern(keyword).findall(text.casefold()))


@lru_cache(maxsize=1024)
def _keyword_pattern(keyword: str) -> re.Pattern[str]:
    words = r"\s+".join(map(re.escape, keyword.casefold().split()))
    return re.compile(words if _UNSPACED.search(keyword) else rf"(?<!\w){words}(?!\w)")


class Includes(InstructionCheck):
    """Every keyword is in the text."""

    name: ClassVar[str] = "includes"
    keywords: Keywords

    def holds(self, text: str) -> bool:
        """Return whether all keywords are there."""
        return all(occurrences(keyword, text) for keyword in self.keywords)


class Excludes(InstructionCheck):
    """No keyword is in the text."""

    name: ClassVar[str] = "excludes"
    keywords: Keywords

    def holds(self, text: str) -> bool:
        """Return whether all keywords are absent."""
        return not any(occurrences(keyword, text) for keyword in self.keywords)


class KeywordCount(CountCheck):
    """Number of times that a keyword is in the text."""

    name: ClassVar[str] = "keyword_count"
    keyword: Keyword

    def count(self, text: str) -> int:
        """Return how often the keyword is there."""
        return occurrences(self.keyword, text)


class ExcludesCharacters(InstructionCheck):
    """None of these characters is in the text, such as a comma, or the letter "e" in either case."""

    name: ClassVar[str] = "excludes_characters"
    characters: Annotated[str, Field(min_length=1)]

    def holds(self, text: str) -> bool:
        """Return whether all characters are absent."""
        return not set(self.characters.casefold()) & set(text.casefold())


class StartsWith(InstructionCheck):
    """The text begins with a phrase, whatever its case."""

    name: ClassVar[str] = "starts_with"
    phrase: Keyword

    def holds(self, text: str) -> bool:
        """Return whether the phrase is at the beginning."""
        return text.strip().casefold().startswith(self.phrase.strip().casefold())


class EndsWith(InstructionCheck):
    """The text ends with a phrase, whatever its case; quotation marks behind it do not count."""

    name: ClassVar[str] = "ends_with"
    phrase: Keyword

    def holds(self, text: str) -> bool:
        """Return whether the phrase is at the end."""
        return text.strip().strip("\"'”’").casefold().endswith(self.phrase.strip().casefold())


class OneOf(InstructionCheck):
    """The text is one of these answers and nothing else, whatever its case; a full stop behind it does not count."""

    name: ClassVar[str] = "one_of"
    answers: Keywords

    def holds(self, text: str) -> bool:
        """Return whether the text is one of the answers."""
        bare = text.strip().rstrip(".。!").casefold()
        return any(bare == answer.strip().rstrip(".。!").casefold() for answer in self.answers)


class Matches(InstructionCheck):
    """A regular expression of Python matches somewhere in the text."""

    name: ClassVar[str] = "matches"
    pattern: Annotated[str, AfterValidator(_valid_pattern)]

    def holds(self, text: str) -> bool:
        """Return whether there is a match.

        Raises:
            PatternLimitError: for a pattern that takes too long on this text.
        """
        return limited_pattern(self.pattern).first(text) is not None

    def model_post_init(self, context: Any) -> None:
        """Refuse a pattern that every text matches."""
        del context
        if limited_pattern(self.pattern).first("") is not None:
            raise ValueError(f"the pattern '{self.pattern}' matches the empty text, so that any text would follow it")
