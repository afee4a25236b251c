"""Scored splits: the splits of tasks that score each of several, such as the categories of a benchmark."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_WHOLE = "test"
_TRAINING = frozenset({"train", "search", "nonmembers"})


def scored_splits(splits: Mapping[str, Sequence[Any]]) -> Iterator[tuple[str, Sequence[Any]]]:
    """Yield the name and the examples of each split that is scored: all but those that subjects are made from."""
    yield from ((name, splits[name]) for name in splits if name not in _TRAINING)


def observation_id(split: str, example_id: str) -> str:
    """Return the id of an observation: `age:17` for example 17 of split `age`, and `17` for that of `test`."""
    return example_id if split == _WHOLE else f"{split}:{example_id}"
