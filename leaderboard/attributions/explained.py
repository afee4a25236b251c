"""Explained: one number of a model's answer to a text, as a function of the words that the model reads."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from leaderboard.arrays import FloatArray
from leaderboard.backends.classifiers import TokenAttention, WordIntegrals
from leaderboard.errors import NotMeasurableError


@dataclass(frozen=True, slots=True)
class WordGradients:
    """Gradient × input of the words of a text.

    Attributes:
        values: shape (words,).
        passes: number of forward passes, each with its backward pass.
    """

    values: FloatArray
    passes: int


class Explained(ABC):
    """A number of a model's answer to a text, such as the log-odds of a class.

    A subclass implements `scores`, and those of the other methods that its model can answer.

    Attributes:
        words: words of the text.
    """

    words: Sequence[str]

    @abstractmethod
    def scores(self, kept: Sequence[tuple[int, ...]]) -> FloatArray:
        """Return the number for the text with only some of its words, shape (len(kept),).

        Args:
            kept: indices of the words that stay, in their order; none for a text without words.

        Raises:
            NotMeasurableError: for a text without words, where the model reads none.
        """

    @classmethod
    def scores_together(cls, requests: Sequence[tuple[Self, Sequence[tuple[int, ...]]]]) -> list[FloatArray]:
        """Return the numbers of several texts as `scores` does; a subclass may compute them in one call.

        Args:
            requests: texts, each with sets of words that stay.
        """
        return [text.scores(kept) for text, kept in requests]

    def gradients(self) -> WordGradients:
        """Return the gradient × input of each word.

        Raises:
            NotMeasurableError: when the weights are not on this machine, or the answer has no gradient.
        """
        raise NotMeasurableError(f"{self.refusal}, so that there are no gradients of its words")

    def integrals(self) -> WordIntegrals:
        """Return the integrated gradients of each word.

        Raises:
            NotMeasurableError: as `gradients`.
        """
        raise NotMeasurableError(f"{self.refusal}, so that there are no gradients of its words")

    def attention(self) -> TokenAttention:
        """Return the attention between the tokens of the text.

        Raises:
            NotMeasurableError: when the model has no attention, or hands none out.
        """
        raise NotMeasurableError(f"{self.refusal}, so that there is no attention between its words")

    @property
    def refusal(self) -> str:
        """Why there are no gradients and no attention, as the beginning of a message."""
        return "only answers of this model are known"
