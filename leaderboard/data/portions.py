"""Portions: what a search may look at, kept apart from what only scores the end of it."""

from collections.abc import Sequence
from enum import StrEnum
from functools import partial
from typing import TypeVar

from leaderboard.data.examples import Example, Splits
from leaderboard.data.reading import NEVER_LIMITED
from leaderboard.data.sampling import draw, position

E = TypeVar("E", bound=Example)

_SEARCH, _TEST, _HOME = "search", "test", "home"


class Portion(StrEnum):
    """Which part of a task's examples a subject is asked about. Numbers of two portions are never compared."""

    WHOLE = "whole"
    SEARCH = "search"
    HELD_OUT = "held_out"


def portion_of(splits: Splits, portion: Portion) -> Splits:
    """The splits of a task, of which only one portion is scored.

    Where the data has a split `search` beside `test`, a search is asked about that one, and `test` is held out. Any
    other split that is scored is dealt out, a coin for each example. What a subject is made from stays whole; among it
    a protocol deals out by itself. `home`, the distribution of the task that a subject is adapted to, is held out:
    what of it a search may see is that task's to say.

    Args:
        splits: of the task.
        portion: which.
    """
    if portion is Portion.WHOLE:
        return splits
    chosen = {name: partial(splits.__getitem__, name) for name in splits}
    own = {_SEARCH, _TEST} <= set(splits)
    if own and portion is Portion.SEARCH:
        chosen[_TEST] = chosen[_SEARCH]
    if _HOME in splits and portion is Portion.SEARCH:
        del chosen[_HOME]
    for name in set(splits) - NEVER_LIMITED - {_SEARCH, _HOME} - ({_TEST} if own else set()):
        chosen[name] = partial(_dealt, splits, name, portion)
    return Splits(chosen)


def limited(splits: Splits, limit: int | None, seed: int) -> Splits:
    """At most so many examples of each split but those that a subject is made from, drawn when they are asked for.

    Args:
        splits: of a task.
        limit: None leaves them as they are, in the order of the file; else they come in a random order of which a
            larger limit only sees more.
        seed: chooses that order.
    """
    if limit is None:
        return splits

    def read(name: str) -> Sequence[Example]:
        return splits[name] if name in NEVER_LIMITED else draw(splits[name], limit, seed)

    return Splits({name: partial(read, name) for name in splits})


def dealt(examples: Sequence[E], portion: Portion, *, split: str = "") -> list[E]:
    """The examples of one portion: about half of them, by a coin that falls the same way every time.

    It falls by what tells an example from those it is independent of (`Example.cluster`), so that all forms of one
    template lie on the same side; and texts that are numbered alike, such as an original and its edited version.

    Args:
        examples: of one split.
        portion: `search` or `held_out`.
        split: whose name stands before the numbers of rows.
    """
    searched = portion is Portion.SEARCH
    return [
        example
        for example in examples
        if (position(f"portion:{example.cluster.removeprefix(f'{split}-')}") < 0.5) is searched  # noqa: PLR2004 - halves
    ]


def _dealt(splits: Splits, name: str, portion: Portion) -> Sequence[Example]:
    found = splits[name]
    return dealt(found, portion, split=name)
