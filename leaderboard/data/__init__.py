"""Data: examples of tasks, and the readers of files that they come from."""

from typing import TYPE_CHECKING

from leaderboard.lazy_names import lazy_import

if TYPE_CHECKING:
    from leaderboard.data.examples import (
        AssociationExample,
        ChoiceExample,
        CounterfactualExample,
        Example,
        PairExample,
        ReferenceExample,
        TaggedExample,
        TextExample,
    )

__all__ = [
    "AssociationExample",
    "ChoiceExample",
    "CounterfactualExample",
    "Example",
    "PairExample",
    "ReferenceExample",
    "TaggedExample",
    "TextExample",
]

__getattr__ = lazy_import(
    "leaderboard.data",
    {
        "AssociationExample": "examples",
        "ChoiceExample": "examples",
        "CounterfactualExample": "examples",
        "Example": "examples",
        "PairExample": "examples",
        "ReferenceExample": "examples",
        "TaggedExample": "examples",
        "TextExample": "examples",
    },
)
