"""The interface of masked language models that predict the token in the place of a mask."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from leaderboard.arrays import FloatArray

if TYPE_CHECKING:
    from leaderboard.backends.answer_attribution import AnswerAttribution


class MaskFiller(Protocol):
    """Predicts the token in the place of the one mask of a text."""

    @property
    def mask(self) -> str:
        """The mask token, as it is written in a text."""

    def likely_tokens(self, text: str, n: int) -> dict[str, float]:
        """Return the n most probable tokens with their probabilities, the likeliest first.

        Raises:
            NotMeasurableError: for a text that is read without its mask, or with several.
        """

    def log_odds(self, texts: Sequence[str], token: str) -> FloatArray:
        """Return the log-odds of a token in the place of the mask of each text, shape (len(texts),).

        Raises:
            NotMeasurableError: for a text without one mask, or a token that is not one of the vocabulary.
        """

    def attribution(self, token: str) -> "AnswerAttribution":
        """Return the gradients and the attention for a token in the place of the mask.

        Raises:
            NotMeasurableError: for a token that is not one of the vocabulary.
        """
