"""Training: what recipes learn from, and the loop that trains weights."""

from typing import TYPE_CHECKING

from leaderboard.lazy_names import lazy_import

if TYPE_CHECKING:
    from leaderboard.training.learning_examples import labelled_examples, labelled_texts, trained_on
    from leaderboard.training.preparation import Lesson, Preparation

__all__ = [
    "Lesson",
    "Preparation",
    "labelled_examples",
    "labelled_texts",
    "trained_on",
]

__getattr__ = lazy_import(
    "leaderboard.training",
    {
        "Lesson": "preparation",
        "Preparation": "preparation",
        "labelled_examples": "learning_examples",
        "labelled_texts": "learning_examples",
        "trained_on": "learning_examples",
    },
)
