"""Parameters of the faithfulness protocol."""

from typing import Annotated

from pydantic import Field, field_validator

from leaderboard.attributions.registry import attribution_methods
from leaderboard.axes.explainability.word_units import WordUnit
from leaderboard.axes.protocol import Parameters
from leaderboard.backends.word_deletion import WordDeletion

MINIMUM_WORDS = 2
"""Units that a text needs at least: there has to be an order."""
LONG = 64
"""Words above which a text is divided into so few spans that its limits are exact: each pass reads all of it."""
_CHEAP = ("attention", "attention_rollout", "gradient_x_input", "occlusion")


class FaithfulnessParameters(Parameters):
    """Parameters of faithfulness: which texts and methods, and the search for the best and worst order.

    The units that are ranked and deleted are the words of a text of at most `max_words` words. A longer text is divided
    into as many spans of words, at sentences first, then clauses, then in the middle; one of more than 64 words into
    `exact_words` spans. A text of n units costs, besides what the methods read, at most 2^n forward passes up to
    `exact_words` units, and beam × n² + 6 (n - 1) + 2 (n - 1) a method above; each other way to delete adds at most
    10 passes a method.

    Attributes:
        texts: maximal number of texts, drawn at random from all.
        max_words: maximal number of units, which are words of shorter texts and spans of words of longer ones.
        exact_words: number of units up to which the limits are exact.
        beam: width of the beam search above that.
        units: parts of a text that are scored and deleted, which "words" stands for elsewhere.
        methods: attribution methods, of which the best one counts; one that the subject cannot answer is left out.
        deletion: way to delete units for the attributions and the normalised values; None for the mask token where the
            model has one, and removal elsewhere.
        compare_deletions: whether comprehensiveness and sufficiency are reported by the other ways to delete, too.
    """

    texts: Annotated[int, Field(gt=0)] = 50
    max_words: Annotated[int, Field(ge=MINIMUM_WORDS)] = 8
    exact_words: Annotated[int, Field(ge=0, le=16)] = 6
    beam: Annotated[int, Field(gt=0)] = 1
    units: WordUnit = WordUnit.WORDS
    methods: Annotated[tuple[str, ...], Field(min_length=1)] = _CHEAP
    deletion: WordDeletion | None = None
    compare_deletions: bool = True

    @field_validator("methods")
    @classmethod
    def _known(cls, methods: tuple[str, ...]) -> tuple[str, ...]:
        registered = attribution_methods()
        unknown = [name for name in methods if name not in registered]
        if unknown:
            raise ValueError(f"unknown attribution method '{unknown[0]}'; known: {', '.join(sorted(registered))}")
        if len(set(methods)) < len(methods):
            raise ValueError("an attribution method is named twice")
        return methods
