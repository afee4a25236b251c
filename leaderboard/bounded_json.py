"""Reader of untrusted JSON, with limits on the memory and time that a text can cost.

Python's parser accepts brackets nested 900 deep, on which later code fails with a RecursionError, 45 MB of `[]`, which
become gigabytes, integers of 4,000 digits, duplicate keys (the last value wins), `1e999` as infinity, and unpaired
surrogates, which no file can hold.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, NoReturn

DEEPEST = 100
"""Maximum nesting of lists and objects; Python's own recursion ends near a thousand."""
LONGEST_NUMBER = 300
"""Maximum digits of an integer; more do not fit a float."""
MOST_VALUES = 5_000_000
"""Maximum number of values, lists and objects; the largest vocabularies have two million."""
LARGEST_INTEGER = 2**63 - 1
"""Largest integer of databases and numpy."""

_FREE_CONTAINERS = 1_000_000
_BYTES_OF_A_CONTAINER = 8
"""Minimum bytes of text for each list or object; an empty list takes three bytes of text and eighty of memory."""
_STRING = re.compile('"[^"]*"')
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_ONE_KIND = bytes.maketrans(b"{}", b"[]")
_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[\]{}]', re.DOTALL)
"""A bracket, or a string, which ends with the text where nothing closes it."""
_DIGITS = bytes.maketrans(b"123456789", b"000000000")
_LONG_NUMBER = b"0" * (LONGEST_NUMBER + 1)
_LONG_INTEGER = re.compile("(?<![0-9.])[0-9]{19}")
_HALF = "half a surrogate pair, which is not a character and has no UTF-8"
_SHOWN = 60


class JsonError(ValueError):
    """Text that is not JSON, or exceeds a limit; the message names the place and what would be valid.

    Attributes:
        problem: description of the problem.
        line, column: where, from 1; 0 where the place is not known.
    """

    def __init__(self, problem: str, line: int = 0, column: int = 0) -> None:
        super().__init__(f"line {line}, column {column}: {problem}" if line else problem)
        self.problem = problem
        self.line = line
        self.column = column


def parse_json(text: str, *, unique_keys: bool = False, finite: bool = False, most_values: int = MOST_VALUES) -> Any:
    """Parse a JSON text.

    Args:
        text: the JSON.
        unique_keys: refuse an object that has a key twice, of which the last would count.
        finite: refuse NaN and infinities, which are not JSON but written by Python, and numbers as large as 1e999.
        most_values: in all of the text.

    Raises:
        JsonError: naming the line and column where there is one.
    """
    _check_limits(text, most_values)
    hooks: dict[str, Any] = {"object_pairs_hook": _unique} if unique_keys else {}
    if finite:
        hooks |= {"parse_constant": _refuse_constant, "parse_float": _finite}
    if _LONG_NUMBER in text.encode(errors="replace").translate(_DIGITS):  # in a string too, where the hook sees none
        hooks["parse_int"] = _short_number
    try:
        return json.loads(text, **hooks)
    except json.JSONDecodeError as error:
        raise JsonError(error.msg, error.lineno, error.colno) from None
    except RecursionError:
        raise _too_deep(text) from None


def parse_storable_json(text: str, *, unique_keys: bool = False, most_values: int = 4 * MOST_VALUES) -> Any:
    """Parse a JSON text whose values a database and a file can hold.

    Args:
        text: the JSON.
        unique_keys: as in `parse_json`.
        most_values: as in `parse_json`.

    Raises:
        JsonError: also for an integer beyond 64 bits, a number that is not finite, and half a surrogate pair.
    """
    value = parse_json(text, unique_keys=unique_keys, finite=True, most_values=most_values)
    if not text.isascii() or "\\u" in text or _LONG_INTEGER.search(text):
        check_values(value)
    return value


def check_values(value: Any) -> None:
    """Check that a JSON-like value holds nothing that a database, a file or a terminal could not take.

    Raises:
        JsonError: for an integer beyond 64 bits, a number that is not finite, half a surrogate pair, or a value
            nested too deeply, with its place.
    """
    level: list[tuple[str, Any]] = [("", value)]
    for _ in range(DEEPEST + 1):
        inner: list[tuple[str, Any]] = []
        for place, each in level:
            if isinstance(each, dict):
                for key in each:
                    if why := _problem(key):
                        raise JsonError(f"{place or 'a key'}: {why}")
                inner.extend((f"{place}.{key}" if place else key, child) for key, child in each.items())
            elif isinstance(each, list | tuple):
                inner.extend((f"{place}.{number}", child) for number, child in enumerate(each))
            elif why := _problem(each):
                raise JsonError(f"{place}: {why}" if place else why)
        if not inner:
            return
        level = inner
    raise JsonError(f"more than {DEEPEST} lists or objects inside one another")


def _problem(value: Any) -> str:
    """Describe what is wrong with a single value; empty where nothing is."""
    if isinstance(value, str):
        return _HALF if not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value) else ""
    if isinstance(value, float):
        return "" if math.isfinite(value) else f"{value} is not a number"
    return "an integer beyond 64 bits" if isinstance(value, int) and abs(value) > LARGEST_INTEGER else ""


def _check_limits(text: str, most_values: int) -> None:
    """Count brackets and commas, roughly first; strings are excluded only where a limit is near."""
    brackets = text.count("[") + text.count("{")
    values = brackets + text.count(",")
    if brackets <= DEEPEST and values <= most_values:
        return
    whole = text
    if "\\" in text:
        text = text.replace("\\\\", "").replace('\\"', "")
    bare = _STRING.sub("", text)
    values = bare.count("[") + bare.count("{") + bare.count(",")
    if values > most_values:
        raise JsonError(f"more than {most_values:,} values (there are about {values:,}); split it")
    containers = bare.count("[") + bare.count("{")
    if containers > _FREE_CONTAINERS + len(whole) // _BYTES_OF_A_CONTAINER:
        raise JsonError(f"{containers:,} lists and objects in {len(whole):,} characters, and hardly a value")
    if _is_deep(bare):
        raise _too_deep(whole)


def _is_deep(bare: str) -> bool:
    """Whether brackets are nested too deep; each pass removes the innermost, and the parser refuses unmatched ones."""
    brackets = bare.encode(errors="replace").translate(_ONE_KIND, delete=_NO_BRACKETS)
    for _ in range(DEEPEST):
        outer = brackets.replace(b"[]", b"")
        if len(outer) == len(brackets):
            return False
        brackets = outer
    return bool(brackets)


def _too_deep(text: str) -> JsonError:
    """Return the error with the place of the bracket that is too deep."""
    depth = line = column = 0
    for token in _TOKEN.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(token[0], 0)
        if depth > DEEPEST:
            line = text.count("\n", 0, token.start()) + 1
            column = token.start() - text.rfind("\n", 0, token.start())
            break
    return JsonError(f"more than {DEEPEST} lists or objects inside one another", line, column)


def _unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        twice = next(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        raise JsonError(f"an object has the key '{_shortened(twice)}' twice; keep one of them")
    return content


def _refuse_constant(name: str) -> NoReturn:
    raise JsonError(f"{name} is not a number; write null where there is none")


def _finite(digits: str) -> float:
    value = float(digits)
    if value in {float("inf"), float("-inf")}:
        raise JsonError(f"the number {_shortened(digits)} is too large; the largest is about 1.8e308")
    return value


def _short_number(digits: str) -> int:
    if len(digits.removeprefix("-")) > LONGEST_NUMBER:
        raise JsonError(f"a number of {len(digits.removeprefix('-')):,} digits; the most are {LONGEST_NUMBER}")
    return int(digits)


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
