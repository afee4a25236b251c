"""MaskedPrediction: the log-odds of a token in the place of the mask of a text."""

from collections.abc import Sequence

from leaderboard.arrays import FloatArray
from leaderboard.attributions.single_answer import SingleAnswer
from leaderboard.backends.answer_attribution import AnswerAttribution
from leaderboard.backends.classifiers import UnspacedWords, joined_words
from leaderboard.backends.mask_filling import MaskFiller


class MaskedPrediction(SingleAnswer):
    """Log-odds of a token in the place of a mask; the word with the mask is never deleted, so that its value is 0."""

    def __init__(self, filler: MaskFiller, words: Sequence[str], token: int) -> None:
        """Explain a token.

        Args:
            filler: the masked language model.
            words: words of the text, as `joined_words` joins them; one has the mask.
            token: id of the token.
        """
        self._filler = filler
        self._container = UnspacedWords if isinstance(words, UnspacedWords) else tuple
        self._token = token
        self.words = self._container(words)

    def scores(self, kept: Sequence[tuple[int, ...]]) -> FloatArray:
        """Return the log-odds of the token for some of the words and the mask."""
        return self._filler.log_odds([self._text(set(each)) for each in kept], self._token)

    def attribution(self) -> AnswerAttribution:
        """Return the gradients and the attention for the token."""
        return self._filler.attribution(self._token)

    def _text(self, kept: set[int]) -> str:
        return joined_words(
            self._container(word for place, word in enumerate(self.words) if place in kept or self._filler.mask in word)
        )
