"""Labels: what subjects of one name are called, so that people see what differs between them."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_SHORT = 8
_MOST_FACTS = 3
_LONGEST = 24
"""Characters of a value beyond which it names nothing for people."""


@dataclass(frozen=True, slots=True)
class Named:
    """A subject among others.

    Attributes:
        name: as it was recorded; several subjects may share it.
        identity: digest of the subject.
        facts: what it is made of, as texts by name, the most telling first.
    """

    name: str
    identity: str
    facts: Mapping[str, str]

    @property
    def by_identity(self) -> str:
        """Its name with the start of its identity: unique, and tells people nothing."""
        return f"{self.name}#{self.identity[:_SHORT]}"


def labels_of(subjects: Sequence[Named]) -> list[str]:
    """What each subject is called, in their order.

    A name that one subject has is its label. Of several, the label adds the facts in which they differ, such as
    `bert/finetune(sst2) seed=1 epochs=3`; where that still leaves two alike, or is more than people read, the start of
    the identity.
    """
    groups: dict[str, list[int]] = defaultdict(list)
    for place, subject in enumerate(subjects):
        groups[subject.name].append(place)
    labels = [subject.name for subject in subjects]
    for places in groups.values():
        if len(places) > 1:
            for place, label in zip(places, _apart([subjects[each] for each in places]), strict=True):
                labels[place] = label
    return labels


def facts_of(*, source: str, dtype: str, seed: int, details: Mapping[str, Any]) -> dict[str, str]:
    """What a subject is made of, for `Named`.

    Args:
        source: the reference of its model, as it was asked for.
        dtype: of its weights.
        seed: of its recipe.
        details: settings of its recipe.
    """
    return {"seed": str(seed), "dtype": dtype, **dict(_flat(details)), "source": source}


def _apart(subjects: Sequence[Named]) -> list[str]:
    names = dict.fromkeys(name for subject in subjects for name in subject.facts)
    differing = [name for name in names if len({subject.facts.get(name) for subject in subjects}) > 1]
    told = [name for name in differing if all(len(subject.facts.get(name, "")) <= _LONGEST for subject in subjects)]
    if not told or len(told) > _MOST_FACTS:
        return [subject.by_identity for subject in subjects]
    labels = [" ".join([subject.name, *_told(subject, told)]) for subject in subjects]
    return labels if len(set(labels)) == len(labels) else [subject.by_identity for subject in subjects]


def _told(subject: Named, names: Sequence[str]) -> Iterator[str]:
    return (f"{name}={subject.facts[name]}" for name in names if name in subject.facts)


def _flat(details: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Settings by their dotted names; `recipe` is in every name already."""
    for key, value in details.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            yield from _flat(value, f"{name}.")
        elif name != "recipe":
            yield name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
