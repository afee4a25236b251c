"""Untrusted regular expressions with a time limit.

`(a+)+$` on forty letters takes Python's `re` practically forever, and nothing in the process can interrupt it. The cost
of an expression is estimated from its syntax tree: cheap ones are matched here, others in another process, which is
killed on timeout. The matches are those of `re` either way.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from leaderboard.data.pattern_process import MatchError, Task, matcher
from leaderboard.errors import RequestError

LONGEST_PATTERN = 20_000
"""Maximum characters of a pattern."""
LONGEST_S = 5.0
"""Maximum seconds for one text."""
_CHEAP = 1e7
"""Maximum number of steps in this process: a tenth of a second."""
_ENDLESS = 1e300
_REPEATS = frozenset({codes.MAX_REPEAT, codes.MIN_REPEAT, getattr(codes, "POSSESSIVE_REPEAT", codes.MAX_REPEAT)})
_ONE_CHARACTER = frozenset({codes.LITERAL, codes.NOT_LITERAL, codes.ANY, codes.IN, codes.CATEGORY})
_PLAIN = _ONE_CHARACTER | {codes.AT}
_WIDE = 1_000
_MOST_WIDE = 10


class PatternLimitError(RequestError):
    """A pattern that takes too long, or too much memory, on some text."""


@dataclass
class LimitedPattern:
    """A regular expression with a time limit.

    Attributes:
        pattern: regular expression of Python's `re`.
        flags: flags of Python's `re`.
        failure: the limit that it exceeded once, after which it is not tried again.
    """

    pattern: str
    flags: int = 0
    failure: str = ""
    _here: re.Pattern[str] = field(init=False, repr=False)
    _exponent: float = field(init=False, repr=False)
    _factor: float = field(init=False, repr=False)

    def __post_init__(self) -> None:
        tree = check_pattern(self.pattern, self.flags)
        self._here = re.compile(self.pattern, self.flags)
        self._exponent, self._factor = _cost(tree)

    def first(self, text: str) -> str | None:
        """Return the first group of the first match, or the whole match without groups; None without a match."""
        if not self._is_cheap(text):
            result: str | None = self._elsewhere("first", text)
            return result
        match = self._here.search(text)
        return None if match is None else _group(match)

    def every(self, text: str) -> list[str]:
        """Return the first group of every match, or the whole matches without groups."""
        if not self._is_cheap(text):
            result: list[str] = self._elsewhere("every", text)
            return result
        return [_group(match) for match in self._here.finditer(text)]

    def findall(self, text: str) -> list[Any]:
        """Match as `re.Pattern.findall` does."""
        if self._is_cheap(text):
            return self._here.findall(text)
        return [tuple(each) if isinstance(each, list) else each for each in self._elsewhere("findall", text)]

    def sub(self, replacement: str, text: str, count: int = 0) -> str:
        """Replace as `re.Pattern.sub` does, with a text as replacement."""
        if self._is_cheap(text):
            return self._here.sub(replacement, text, count=count)
        result: str = self._elsewhere("sub", text, replacement=replacement, count=count)
        return result

    def _is_cheap(self, text: str) -> bool:
        if self._exponent * len(str(len(text))) > 100:  # noqa: PLR2004 - digits of a number beyond floats
            return False
        return self._factor * math.pow(len(text) + 1, self._exponent) <= _CHEAP

    def _elsewhere(self, operation: str, text: str, **options: Any) -> Any:
        task: Task = {"pattern": self.pattern, "flags": self.flags, "operation": operation, "text": text, **options}
        try:
            if not self.failure:
                return matcher().match(task, LONGEST_S)
        except MatchError as error:
            self.failure = str(error)
        raise PatternLimitError(
            f"the pattern '{_short(self.pattern)}' {self.failure} on a text of {len(text):,} characters\n"
            "  Write it without repeats inside repeats, as (a+)+, and with fewer of them."
        )


def check_pattern(pattern: str, flags: int = 0) -> Any:
    """Check that a pattern is a valid regular expression, and return its syntax tree.

    Raises:
        ValueError: saying what is wrong with it.
    """
    if len(pattern) > LONGEST_PATTERN:
        raise ValueError(f"a regular expression of more than {LONGEST_PATTERN:,} characters")
    try:
        tree = parser.parse(pattern, flags)
        wide = sum(item == codes.RANGE and value[1] - value[0] > _WIDE for item, value in _items(tree))
        if tree.state.flags & re.IGNORECASE and wide > _MOST_WIDE:
            raise ValueError(f"more than {_MOST_WIDE} ranges of {_WIDE:,} characters, in upper and lower case")  # noqa: TRY301 - reported as the others are
        re.compile(pattern, flags)
    except (re.error, MemoryError, OverflowError, RecursionError, ValueError) as error:
        raise ValueError(f"'{_short(pattern)}' is not a regular expression: {_short(str(error))}") from None
    return tree


@lru_cache(256)
def limited_pattern(pattern: str, flags: int = 0) -> LimitedPattern:
    """Return the compiled expression, from a cache.

    Raises:
        ValueError: for an invalid regular expression.
    """
    return LimitedPattern(pattern, int(flags))


def _items(node: Any) -> list[tuple[Any, Any]]:
    """Yield every (operation, argument) in a syntax tree."""
    items: list[tuple[Any, Any]] = []
    rest: list[Any] = [node]
    while rest:
        each = rest.pop()
        if isinstance(each, tuple) and len(each) == 2 and isinstance(each[0], type(codes.LITERAL)):  # noqa: PLR2004
            items.append(each)
            rest.append(each[1])
        elif isinstance(each, parser.SubPattern | list | tuple):
            rest += list(each)
    return items


def _cost(tree: Any) -> tuple[float, float]:
    """Return (e, f) of an upper bound f·n^e on the steps of a search in n characters; infinite where there is none.

    A repeat of one character multiplies by n, an option by 2, alternatives by their number; repeats of anything else
    may fit a text in exponentially many ways.
    """
    exponent, factor = 1.0, 1.0  # every start of a search
    rest = [tree]
    while rest:
        for operation, argument in rest.pop():
            if operation in _REPEATS:
                low, high, body = argument
                if (low, high) == (0, 1):
                    factor *= 2
                    rest.append(body)
                elif not all(each[0] in (_ONE_CHARACTER if low != high else _PLAIN) for each in body):
                    return _ENDLESS, _ENDLESS
                elif low != high:
                    exponent += 1
            elif operation is codes.SUBPATTERN:
                rest.append(argument[-1])
            elif operation is codes.BRANCH:
                factor *= len(argument[1])
                rest += argument[1]
            elif operation not in _PLAIN:
                return _ENDLESS, _ENDLESS  # references and what looks around
            factor = min(factor, _ENDLESS)
    return exponent, factor


def _group(match: re.Match[str]) -> str:
    group: str | None = match.group(1) if match.re.groups else match.group()
    return group or ""


def _short(text: str) -> str:
    return text if len(text) <= 100 else text[:99] + "…"  # noqa: PLR2004 - characters that a message quotes


class LimitedModule:
    """A replacement of the module `re` for libraries that match untrusted patterns."""

    def __getattr__(self, name: str) -> Any:
        return getattr(re, name)

    @staticmethod
    def compile(pattern: str, flags: int = 0) -> LimitedPattern:
        """Compile as `re.compile` does."""
        return limited_pattern(pattern, int(flags))

    @staticmethod
    def findall(pattern: str, string: str, flags: int = 0) -> Sequence[Any]:
        """Match as `re.findall` does."""
        return limited_pattern(pattern, int(flags)).findall(string)

    @staticmethod
    def sub(pattern: str, repl: str, string: str, count: int = 0, flags: int = 0) -> str:
        """Replace as `re.sub` does."""
        return limited_pattern(pattern, int(flags)).sub(repl, string, count=count)
