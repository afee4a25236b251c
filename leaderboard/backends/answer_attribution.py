"""AnswerAttribution: gradients and attention of a text for one answer, such as the tag of a word."""

from collections.abc import Sequence
from typing import Protocol

from leaderboard.arrays import FloatArray
from leaderboard.backends.classifiers import TokenAttention, WordIntegrals

ANSWER, OTHERS = 0, 1
"""Index of the answer, and of everything else that the model could answer."""


class AnswerAttribution(Protocol):
    """Attributions of one answer to the words of a text; its two classes are the answer and all others."""

    def word_gradients(self, words: Sequence[str], label: int) -> FloatArray:
        """Gradient × input of the log-probability of `ANSWER` or of `OTHERS`, shape (len(words),)."""

    def word_integrals(self, words: Sequence[str], label: int) -> WordIntegrals:
        """Integrated gradients of the log-odds of `ANSWER` or of `OTHERS`."""

    def token_attention(self, words: Sequence[str]) -> TokenAttention:
        """Attention between the tokens of the text."""
