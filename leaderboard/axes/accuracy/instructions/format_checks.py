"""Format checks: JSON, lists, titles, letter case."""

import re
from enum import StrEnum
from typing import Any, ClassVar

from pydantic import Field

from leaderboard.axes.accuracy.instructions.check import CountCheck, InstructionCheck
from leaderboard.bounded_json import JsonError, parse_json

_FENCE = re.compile(r"\A```(?:json)?[ \t]*\n(.*)\n[ \t]*```\Z", re.IGNORECASE | re.DOTALL)
_BULLET = re.compile(r"^[ \t]*(?:[-•+]|\*(?!\*))[ \t]+\S", re.MULTILINE)
_NUMBER = re.compile(r"^[ \t]*(\d{1,4})[.)、][ \t]*\S", re.MULTILINE)
_TITLE = re.compile(r"<<[^\n<>]*[^\s<>][^\n<>]*>>")
_PLACEHOLDER = re.compile(r"\[[^\[\]\n]*[^\s\[\]][^\[\]\n]*\]")
_HIGHLIGHT = re.compile(r"\*\*[^*\n]*[^\s*][^*\n]*\*\*|(?<!\*)\*[^\s*](?:[^*\n]*[^\s*])?\*(?!\*)")
_QUOTES = {'"': '"', "“": "”", "「": "」"}
_MIN_QUOTED = 3


class JsonKind(StrEnum):
    """Kind of a JSON value."""

    ANY = "any"
    OBJECT = "object"
    LIST = "list"


class LetterStyle(StrEnum):
    """Case of all letters of a text."""

    LOWER = "lower"
    UPPER = "upper"


class ValidJson(InstructionCheck):
    """The whole text is JSON, also within a fence of Markdown, without a key twice.

    Attributes:
        kind: kind of the value; `any` takes an object or a list, but no bare number or text.
        keys: keys that the object has; others may be there, too.
        items: number of values of the list, or of keys of the object; None where any number is valid.
    """

    name: ClassVar[str] = "json"
    kind: JsonKind = JsonKind.ANY
    keys: tuple[str, ...] = ()
    items: int | None = Field(default=None, ge=0)

    def holds(self, text: str) -> bool:
        """Return whether the text is such a JSON value."""
        fence = _FENCE.match(text.strip())
        try:
            value = parse_json(fence[1] if fence else text, unique_keys=True, finite=True)
        except JsonError:
            return False
        return self._is_valid(value)

    def _is_valid(self, value: Any) -> bool:
        is_kind = {JsonKind.ANY: dict | list, JsonKind.OBJECT: dict, JsonKind.LIST: list}[self.kind]
        if not isinstance(value, is_kind) or (self.keys and not isinstance(value, dict)):
            return False
        return all(key in value for key in self.keys) and self.items in {None, len(value)}


class Bullets(CountCheck):
    """Number of lines that begin with a bullet: `-`, `*`, `+` or `•`, and a space."""

    name: ClassVar[str] = "bullets"

    def count(self, text: str) -> int:
        """Return the number of bullets."""
        return len(_BULLET.findall(text))


class NumberedItems(CountCheck):
    """Number of lines of a list numbered 1, 2, 3 and so on; in another order there are none."""

    name: ClassVar[str] = "numbered_items"

    def count(self, text: str) -> int:
        """Return the number of items."""
        numbers = [int(number) for number in _NUMBER.findall(text)]
        return len(numbers) if numbers == list(range(1, len(numbers) + 1)) else 0


class Title(InstructionCheck):
    """The text has a title in double angular brackets: <<title>>."""

    name: ClassVar[str] = "title"

    def holds(self, text: str) -> bool:
        """Return whether there is a title."""
        return _TITLE.search(text) is not None


class Placeholders(CountCheck):
    """Number of placeholders in square brackets, such as [address]."""

    name: ClassVar[str] = "placeholders"

    def count(self, text: str) -> int:
        """Return the number of placeholders."""
        return len(_PLACEHOLDER.findall(text))


class Highlights(CountCheck):
    """Number of parts that are highlighted as Markdown does: *part* or **part**."""

    name: ClassVar[str] = "highlights"

    def count(self, text: str) -> int:
        """Return the number of highlighted parts."""
        return len(_HIGHLIGHT.findall(text))


class Quoted(InstructionCheck):
    """The whole text is within double quotation marks."""

    name: ClassVar[str] = "quoted"

    def holds(self, text: str) -> bool:
        """Return whether the first and the last character are quotation marks."""
        bare = text.strip()
        return len(bare) >= _MIN_QUOTED and _QUOTES.get(bare[0]) == bare[-1]


class LetterCase(InstructionCheck):
    """All letters are lower-case, or all are capitals; a text without cased letters has neither."""

    name: ClassVar[str] = "letter_case"
    case: LetterStyle

    def holds(self, text: str) -> bool:
        """Return whether all letters have the case."""
        return text.islower() if self.case is LetterStyle.LOWER else text.isupper()
