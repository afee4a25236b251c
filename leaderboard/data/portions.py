"""Portions of the data: what a search may use, separate from what only the final score uses."""

from collections.abc import Collection, Sequence
from enum import StrEnum
from functools import partial
from typing import TypeVar

from leaderboard.data.examples import Example, Splits
from leaderboard.data.reading import NEVER_LIMITED
from leaderboard.data.sampling import position, random_sample

E = TypeVar("E", bound=Example)

_SEARCH, _TEST, _HOME = "search", "test", "home"


class Portion(StrEnum):
    """A portion of a task's examples; results of two portions are never compared."""

    WHOLE = "whole"
    SEARCH = "search"
    HELD_OUT = "held_out"


def portion_of(splits: Splits, portion: Portion, *, whole: Collection[str] = ()) -> Splits:
    """Return the splits of a task with only one portion of the scored examples.

    Where the data has a split `search` in addition to `test`, a search uses that one, and `test` is held out. Any other
    scored split is divided at random, example by example. Splits that a subject is made from stay whole, unless a
    protocol divides them itself. `home`, the distribution of the task that a subject is adapted to, is held out: that
    task itself decides which part of it a search may use.

    Args:
        splits: splits of the task.
        portion: which.
        whole: further splits that are never divided.
    """
    if portion is Portion.WHOLE:
        return splits
    chosen = {name: partial(splits.__getitem__, name) for name in splits}
    own = {_SEARCH, _TEST} <= set(splits)
    if own and portion is Portion.SEARCH:
        chosen[_TEST] = chosen[_SEARCH]
    if _HOME in splits and portion is Portion.SEARCH:
        del chosen[_HOME]
    for name in set(splits) - NEVER_LIMITED - set(whole) - {_SEARCH, _HOME} - ({_TEST} if own else set()):
        chosen[name] = partial(_dealt, splits, name, portion)
    return Splits(chosen)


def limited_splits(splits: Splits, limit: int | None, seed: int, *, whole: Collection[str] = ()) -> Splits:
    """Limit the examples of each split except those that a subject is made from; drawn on first use.

    Args:
        splits: splits of a task.
        limit: None leaves them as they are, in the order of the file; else they come in a random order of which a
            larger limit only sees more.
        seed: chooses that order.
        whole: further splits that are never limited.
    """
    if limit is None:
        return splits

    def read(name: str) -> Sequence[Example]:
        return splits[name] if name in NEVER_LIMITED or name in whole else random_sample(splits[name], limit, seed)

    return Splits({name: partial(read, name) for name in splits})


def portion_examples(examples: Sequence[E], portion: Portion, *, split: str = "") -> list[E]:
    """Return the examples of one portion: about half of them, by a fixed random choice.

    The choice depends on the cluster of an example (`Example.cluster`), so that all forms of a template are in the same
    portion, as are texts with the same number, such as an original and its edited version.

    Args:
        examples: examples of one split.
        portion: `search` or `held_out`.
        split: name of the split, the prefix of row numbers.
    """
    searched = portion is Portion.SEARCH
    return [
        example
        for example in examples
        if (position(f"portion:{example.cluster.removeprefix(f'{split}-')}") < 0.5) is searched  # noqa: PLR2004 - halves
    ]


def _dealt(splits: Splits, name: str, portion: Portion) -> Sequence[Example]:
    examples = splits[name]
    return portion_examples(examples, portion, split=name)
