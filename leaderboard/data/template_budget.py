"""Limits for compiling and rendering a template: steps, characters and seconds."""

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from jinja2.exceptions import SecurityError

from leaderboard.data.template_vocabulary import METHODS, check_plain

LONGEST_TEMPLATE = 100_000
"""Maximum characters of a template; prompts have hundreds, chat templates thousands."""
LONGEST = 10_000_000
"""Maximum characters of a text, and of the output of a template; an item of a list counts as fifty."""
MOST_STEPS = 250_000
"""Maximum number of loop iterations, calls and operations; prompts need tens, chat templates hundreds."""
LONGEST_S = 10.0
"""Maximum seconds."""
WIDEST = 10_000
"""Maximum width of padding, and maximum number of items of a batch."""
MOST_BITS = 4_096
"""Maximum bits of a whole number."""
LONGEST_FORMAT = 10_000
"""Maximum characters of a `%` format, which is parsed in quadratic time."""
MOST_COMPARISONS = 100_000_000
"""Maximum number of character comparisons in one call."""

_ITEM = 50
_PADDED_PERCENT = re.compile(r"%(?:\([^)]*\))?[#0\- +]*(\*|\d*)(?:\.(\*|\d*))?")
_NUMBER = re.compile(r"\d+")
_PADDING = frozenset({"batch", "center", "indent", "round", "slice", "tojson", "truncate"})
_PADDING_METHODS = frozenset({"center", "ljust", "rjust", "zfill"})
_REVERSED_SEARCHES = frozenset({"rfind", "rindex", "rpartition", "rsplit"})
"""Python compares a text with all that is looked for, at each place."""
_STRIPPING = frozenset({"lstrip", "rstrip", "strip", "trim"})
"""Each character is looked for among those to strip."""
_PRINTING = frozenset(
    """capitalize center e escape forceescape format indent join lower replace safe string title trim truncate
    upper""".split()  # noqa: SIM905 - words
)
"""Filters that make text of what they get."""


@dataclass(slots=True)
class _Budget:
    steps: int = 0
    characters: int = 0
    end: float = field(default_factory=lambda: time.monotonic() + LONGEST_S)


_budget: ContextVar[_Budget | None] = ContextVar("budget of the template that is rendered", default=None)


@contextmanager
def within_budget() -> Iterator[None]:
    """Give everything that is compiled or rendered inside this block its own budget."""
    token = _budget.set(_Budget())
    try:
        yield
    finally:
        _budget.reset(token)


def step(*, characters: int = 0) -> None:
    """Count a step, and characters of output.

    Raises:
        SecurityError: when there are too many, or the time is over.
    """
    budget = _budget.get()
    if budget is None:
        return
    budget.steps += 1
    budget.characters += characters
    if budget.steps > MOST_STEPS:
        raise SecurityError(f"more than {MOST_STEPS:,} steps (turns of loops, calls, operations)")
    if budget.characters > LONGEST:
        raise SecurityError(f"more than {LONGEST:,} characters of text")
    if time.monotonic() > budget.end:
        raise SecurityError(f"more than {LONGEST_S:g} s of computing")


def check_text(value: Any) -> Any:
    """Count the size of a value that is output as text, and return the value."""
    size = len(value) if isinstance(value, str) else printed_size(value)
    step(characters=size)
    return check_plain(value)


def check_size(value: Any) -> Any:
    """Check the size of a value, and return the value."""
    if isinstance(value, int):
        _check_bits(value.bit_length())
    elif printed_size(value) > LONGEST:
        raise _too_large()
    return value


def counted(value: Any) -> Any:
    """Count a step, and return the value."""
    step()
    return value


def sized(value: Any) -> Any:
    """Count a step, check the size of a value, and return the value."""
    step()
    return check_size(value)


def printed_size(value: Any) -> int:
    """Estimate the printed length of a value, up to the limit; repeated parts count each time."""
    if isinstance(value, str | bytes):
        return len(value)
    if isinstance(value, int):
        return value.bit_length() // 3 + 1
    if not isinstance(value, list | tuple | dict):
        return 1
    size = 0
    rest: list[Any] = [value]
    while rest and size <= LONGEST:
        each = rest.pop()
        size += _ITEM
        if isinstance(each, str | bytes):
            size += len(each)
        elif isinstance(each, dict):
            rest += each.keys()
            rest += each.values()
        elif isinstance(each, list | tuple):
            rest += each
        if len(rest) > LONGEST:
            return LONGEST + 1
    return size


def metered(value: Any, name: str, place: int) -> Any:
    """Return a value for a filter; each item of an iterator counts as a step.

    Args:
        value: the value.
        name: name of the filter.
        place: position of the value among the arguments of the filter.
    """
    is_printed = name in _PRINTING
    if hasattr(value, "__next__") and (not is_printed or (name == "join" and not place)):
        return _metered(value, is_printed)
    check_size(value)
    return check_plain(value) if is_printed else value


def _metered(values: Iterator[Any], printed: bool) -> Iterator[Any]:
    size = 0
    for value in values:
        if printed:
            check_plain(value)
        size += printed_size(value) + _ITEM
        step()
        if size > LONGEST:
            raise _too_large()
        yield value


def check_operation(operator: str, left: Any, right: Any) -> None:
    """Check that the result of an operation is not too large.

    Raises:
        SecurityError: when it would be.
    """
    match operator:
        case "%" if isinstance(left, str | bytes):
            check_percent(left, right)
        case "+" if isinstance(left, str | list | tuple):
            _check_product(printed_size(left) + printed_size(right), 1)
        case "*":
            for values, count in ((left, right), (right, left)):
                if isinstance(values, str | bytes | list | tuple) and isinstance(count, int):
                    _check_product(printed_size(values), count)
            if isinstance(left, int) and isinstance(right, int):
                _check_bits(left.bit_length() + right.bit_length())
        case "**" if isinstance(left, int) and isinstance(right, int) and right > 0:
            _check_bits(left.bit_length() * right)


def check_percent(text: Any, values: Any) -> None:
    """Check the values and widths of a `%` format.

    Raises:
        SecurityError: when it does not, or takes a width from its values.
    """
    check_size(check_plain(values))
    if isinstance(text, bytes):
        raise SecurityError("bytes cannot be formatted")
    if len(text) > LONGEST_FORMAT:
        raise SecurityError(f"a format of more than {LONGEST_FORMAT:,} characters")
    total = 0
    for width, precision in _PADDED_PERCENT.findall(str(text)):
        if "*" in (width, precision):
            raise SecurityError("a format with `*` cannot be used; write the width")
        for digits in (width, precision):
            _check_width(_number(digits))
            total += _number(digits)
    _check_product(total, 1)
    if isinstance(values, dict):  # each may be put out many times
        _check_product(printed_size(values), text.count("%"))


def check_specification(text: str) -> None:
    """Check the widths of a format such as `>10`.

    Raises:
        SecurityError: when it would.
    """
    for digits in _NUMBER.findall(text):
        _check_width(_number(digits))


def check_method(owner: Any, name: str, args: Sequence[Any]) -> None:
    """Check that the result of a method of a plain value is not too large.

    Raises:
        SecurityError: when it would, or is none that templates may call.
    """
    kind = next((kind for kind in METHODS if isinstance(owner, kind)), None)
    if kind is None:
        return
    if name not in METHODS[kind]:
        raise SecurityError(f"the method '{name}' of {kind.__name__} cannot be used in templates")
    if name in _PADDING_METHODS and args:
        _check_width(args[0])
    elif name == "join" and args:
        _check_joined(args[0], owner)
    elif name == "replace":
        _check_replaced(owner, args)
    elif name in _REVERSED_SEARCHES | _STRIPPING:
        _check_comparisons(owner, args)


def check_filter(name: str, values: list[Any], options: Mapping[str, Any]) -> None:
    """Check that the result of a filter is not too large.

    Raises:
        SecurityError: when it would.
    """
    others = [*values[1:], *options.values()]
    for each in others:
        check_size(each)
        if name in _PADDING:
            _check_width(each)
    text = values[0] if values else ""
    longest = max((len(each) for each in others if isinstance(each, str)), default=0)
    widest = max((each for each in others if isinstance(each, int)), default=0)
    match name:
        case "join":
            _check_joined(text, next((each for each in others if isinstance(each, str)), ""))
        case "replace" if isinstance(text, str) and not options:
            _check_replaced(text, values[1:])
        case "replace" | "regex_replace":
            _check_product(printed_size(text) + 1, longest + 1)
        case "format":
            check_percent(str(text), options or others)
        case "trim":
            _check_comparisons(text, others)
        case "sum" if not isinstance(options.get("start", (values[2:] or [0])[0]), int | float):
            raise SecurityError("'sum' adds numbers alone; `join` joins texts")
        case "indent" | "tojson":
            _check_product(printed_size(text), max(longest, widest))


def _check_joined(values: Any, separator: Any) -> None:
    check_size(values)
    if hasattr(values, "__len__"):
        _check_product(len(values), printed_size(separator))
    elif len(str(separator)) > WIDEST:
        raise _too_large()


def _check_replaced(text: str, args: Sequence[Any]) -> None:
    if len(args) > 1:
        old, new = str(args[0]), str(args[1])
        _check_product(text.count(old), len(new))


def _check_comparisons(text: Any, args: Sequence[Any]) -> None:
    longest = max((len(each) for each in args if isinstance(each, str)), default=0)
    if printed_size(text) * longest > MOST_COMPARISONS:
        raise SecurityError(f"more than {MOST_COMPARISONS:,} comparisons of characters")


def check_pairs(args: Sequence[Any]) -> None:
    """Check that `dict` is called with a dictionary or few pairs, since chosen keys can collide.

    Raises:
        SecurityError: for more pairs, or an iterator.
    """
    for pairs in args:
        if not isinstance(pairs, dict) and not (hasattr(pairs, "__len__") and len(pairs) <= WIDEST):
            raise SecurityError(f"a dictionary is made of another, or of {WIDEST:,} pairs at most")


def _check_product(size: int, count: int) -> None:
    if count > 0 and size * count > LONGEST:
        raise _too_large()


def _check_bits(bits: int) -> None:
    if bits > MOST_BITS:
        raise SecurityError(f"a whole number of more than {MOST_BITS:,} bits")


def _check_width(width: Any) -> None:
    if isinstance(width, int) and abs(width) > WIDEST:
        raise SecurityError(f"a width or number of items of more than {WIDEST:,}")


def _number(digits: str) -> int:
    return int(digits[:10] or 0)


def _too_large() -> SecurityError:
    return SecurityError(f"a text or list of more than {LONGEST:,} characters")
