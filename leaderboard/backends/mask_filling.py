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

    def likely_tokens(self, text: str, n: int) -> dict[int, float]:
        """Return the ids of the n most probable tokens with their probabilities, the likeliest first.

        Raises:
            NotMeasurableError: for a text that is read without its mask, or with several.
        """

    def token(self, name: str) -> int:
        """Return the id of a token; `##ing` is one inside a word, any other name one that begins a word where it can.

        Raises:
            NotMeasurableError: for a name that is not one token of the vocabulary.
        """

    def token_name(self, token: int) -> str:
        """Return the name of a token, which `token` reads back; of a part of a character that of the vocabulary."""

    def log_odds(self, texts: Sequence[str], token: int) -> FloatArray:
        """Return the log-odds of a token in the place of the mask of each text, shape (len(texts),).

        Raises:
            NotMeasurableError: for a text without one mask.
        """

    def attribution(self, token: int) -> "AnswerAttribution":
        """Return the gradients and the attention for a token in the place of the mask."""

    def words_read(self, words: Sequence[str]) -> range:
        """Return the words that the model reads, that with the mask among them.

        Raises:
            NotMeasurableError: as `log_odds`.
        """
