"""Conversion of arguments: names as tuples, members of enums, and numbers within bounds."""

import operator
from collections.abc import Iterable
from enum import StrEnum
from os import PathLike, fspath
from typing import SupportsIndex, TypeVar

from leaderboard.axes.axis import Axis
from leaderboard.errors import RequestError, unknown_name

E = TypeVar("E", bound=StrEnum)
LARGEST_SEED = 2**32 - 1
"""Largest seed that NumPy and torch take."""
_LARGEST = 2**63 - 1
"""Largest number that a store can have."""
Names = str | PathLike[str] | Iterable[str | PathLike[str]]
"""One name or several; also paths of files."""


def as_words(names: Names) -> tuple[str, ...]:
    """Return one name or several as a tuple; a path becomes its text."""
    if isinstance(names, str | PathLike):
        names = (names,)
    return tuple(fspath(name) for name in names)


def as_member(kind: type[E], name: str, word: str) -> E:
    """Return the member of an enum.

    Args:
        kind: the enum.
        name: value of the member.
        word: name of the argument, for the message.

    Raises:
        RequestError: for an unknown name.
    """
    if name not in set(kind):
        raise unknown_name(word, name, kind, where=word)
    return kind(name)


def as_number(value: SupportsIndex, word: str, *, least: int, most: int = _LARGEST) -> int:
    """Return a whole number; NumPy's are taken as well.

    Args:
        value: the number.
        word: name of the argument, for the message.
        least: smallest valid number.
        most: largest valid number.

    Raises:
        RequestError: for any other value, text and fractions included.
    """
    try:
        number = None if isinstance(value, bool) else operator.index(value)
    except TypeError:
        number = None
    if number is None or not least <= number <= most:
        bounds = f"of at least {least}" if most == _LARGEST else f"between {least} and {most}"
        raise RequestError(f"{word}: {value!r} is not a whole number {bounds}")
    return number


def as_optional_number(value: SupportsIndex | None, word: str, *, least: int) -> int | None:
    """Return a whole number as `as_number` does; None stays None."""
    return None if value is None else as_number(value, word, least=least)


def as_seeds(values: Iterable[SupportsIndex], seed: SupportsIndex) -> tuple[int, ...]:
    """Return distinct seeds in their order; none where none is requested.

    Args:
        values: the seeds.
        seed: the single seed of the same call, which has to be the default then.

    Raises:
        RequestError: for a number that is no seed, for one that comes twice, or beside a single seed.
    """
    try:
        numbers = list(values)
    except TypeError:
        raise RequestError(f"seeds: {values!r} is not a list of whole numbers, such as [0, 1, 2]") from None
    seeds = tuple(as_number(each, "seeds", least=0, most=LARGEST_SEED) for each in numbers)
    if len(set(seeds)) < len(seeds):
        raise RequestError(f"seeds: {', '.join(map(str, seeds))}: a seed comes twice\n  Name each seed once.")
    if seeds and operator.index(seed) != 0:
        raise RequestError("--seeds cannot be combined with --seed; name all seeds in --seeds")
    return seeds


def as_switch(value: bool, word: str) -> bool:
    """Return true or false.

    Args:
        value: the value.
        word: name of the argument, for the message.

    Raises:
        RequestError: for any other value: the text "no" would be true.
    """
    if not isinstance(value, bool):
        raise RequestError(f"{word}: {value!r} is neither True nor False")
    return value


def as_axes(names: str | Iterable[str]) -> tuple[Axis, ...]:
    """Return the axes with these names, including those of plug-ins.

    Raises:
        RequestError: for an unknown name.
    """
    words = as_words(names)
    for name in words:
        if name not in set(Axis):
            raise unknown_name("axis", name, Axis, where="axis")
    return tuple(map(Axis, words))
