"""Labels of subjects: unique names that show how subjects with one name differ."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_SHORT = 8
_MOST_PROPERTIES = 3
_LONGEST = 24
"""Maximum length of a value in a label."""


@dataclass(frozen=True, slots=True)
class NamedSubject:
    """A subject that needs a label.

    Attributes:
        name: name of the subject; several subjects may share it.
        identity: digest of the subject.
        properties: its properties as texts by name, the most informative first.
    """

    name: str
    identity: str
    properties: Mapping[str, str]

    @property
    def by_identity(self) -> str:
        """Name with the start of the identity, which is unique but not informative."""
        return f"{self.name}#{self.identity[:_SHORT]}"


def unique_labels(subjects: Sequence[NamedSubject]) -> list[str]:
    """Return the labels of subjects, in their order.

    The label of a subject with a unique name is its name. Subjects that share a name add the properties in which they
    differ, such as `bert/finetune(sst2) seed=1 epochs=3`, or, where these are not unique or too long, the start of the
    identity.
    """
    groups: dict[str, list[int]] = defaultdict(list)
    for place, subject in enumerate(subjects):
        groups[subject.name].append(place)
    labels = [subject.name for subject in subjects]
    for places in groups.values():
        if len(places) > 1:
            for place, label in zip(places, _distinguished([subjects[each] for each in places]), strict=True):
                labels[place] = label
    return labels


def properties_of(*, source: str, dtype: str, seed: int, details: Mapping[str, Any]) -> dict[str, str]:
    """Return the properties of a subject for `NamedSubject`.

    Args:
        source: reference of its model.
        dtype: data type of its weights.
        seed: seed of its recipe.
        details: settings of its recipe.
    """
    return {"seed": str(seed), "dtype": dtype, **dict(_flat(details)), "source": source}


def _distinguished(subjects: Sequence[NamedSubject]) -> list[str]:
    names = dict.fromkeys(name for subject in subjects for name in subject.properties)
    differing = [name for name in names if len({subject.properties.get(name) for subject in subjects}) > 1]
    shown = [
        name for name in differing if all(len(subject.properties.get(name, "")) <= _LONGEST for subject in subjects)
    ]
    if not shown or len(shown) > _MOST_PROPERTIES:
        return [subject.by_identity for subject in subjects]
    labels = [" ".join([subject.name, *_property_texts(subject, shown)]) for subject in subjects]
    return labels if len(set(labels)) == len(labels) else [subject.by_identity for subject in subjects]


def _property_texts(subject: NamedSubject, names: Sequence[str]) -> Iterator[str]:
    return (f"{name}={subject.properties[name]}" for name in names if name in subject.properties)


def _flat(details: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield settings by their dotted names, without `recipe`, which is part of the name."""
    for key, value in details.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            yield from _flat(value, f"{name}.")
        elif name != "recipe":
            yield name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
