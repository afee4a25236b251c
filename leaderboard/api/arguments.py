"""Conversion of arguments: names as tuples, and members of enums."""

from collections.abc import Iterable
from enum import StrEnum
from os import PathLike, fspath
from typing import TypeVar

from leaderboard.axes.axis import Axis
from leaderboard.errors import unknown_name

E = TypeVar("E", bound=StrEnum)
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
