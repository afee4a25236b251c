"""Categories of bias as splits of a task, each of which is scored."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from leaderboard.axes.protocol import Observation

_WHOLE = "test"
_TRAINING = frozenset({"train", "search", "nonmembers"})


def scored_splits(splits: Mapping[str, Sequence[Any]]) -> Iterator[tuple[str, Sequence[Any]]]:
    """Yield the name and the examples of each split that is scored: all but those that subjects are made from."""
    yield from ((name, splits[name]) for name in splits if name not in _TRAINING)


def observation_id(split: str, example_id: str) -> str:
    """Return the id of an observation: `age:17` for example 17 of split `age`, and `17` for that of `test`."""
    return example_id if split == _WHOLE else f"{split}:{example_id}"


def parts_by_category(observations: Sequence[Observation]) -> dict[str, list[Observation]]:
    """Return all observations, and those of each category where there are several, in the order of ids."""
    ordered = sorted(observations, key=lambda observation: observation.example_id)
    parts: dict[str, list[Observation]] = {}
    for observation in ordered:
        parts.setdefault(observation.data["category"], []).append(observation)
    whole = {"": ordered} if ordered else {}
    return whole | dict(sorted(parts.items())) if len(parts) > 1 else whole
