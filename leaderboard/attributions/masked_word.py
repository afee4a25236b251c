"""MaskedWord: the pseudo-log-likelihood of a word in a gap, explained by the words around it."""

from collections.abc import Sequence

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.attributions.explained import Explained
from leaderboard.backends.masked_likelihood import MaskedLikelihood
from leaderboard.errors import NotMeasurableError


class MaskedWord(Explained):
    """Log-probability of a word in the gap of a sentence, as a function of the words around the gap.

    A word of several tokens is filled in token by token; the number is the sum over its tokens.
    """

    def __init__(self, likelihood: MaskedLikelihood, sentence: Sequence[str], gap: str, word: str) -> None:
        """Set the sentence.

        Args:
            likelihood: pseudo-log-likelihoods of the subject.
            sentence: words of the sentence, one of which has the gap.
            gap: what stands in the gap, such as "[MASK]".
            word: the word whose probability is explained.

        Raises:
            NotMeasurableError: when no word, or more than one, has the gap.
        """
        positions = [index for index, each in enumerate(sentence) if gap in each]
        if len(positions) != 1:
            raise NotMeasurableError(f"the sentence has {len(positions)} words with the gap {gap!r}; 1 is needed")
        self._likelihood = likelihood
        self._position = positions[0]
        self._gap_word = sentence[self._position]
        self._gap, self._word = gap, word
        self.words = (*sentence[: self._position], *sentence[self._position + 1 :])

    def scores(self, kept: Sequence[tuple[int, ...]]) -> FloatArray:
        """Return the log-probability of the word in the gap between some of the words."""
        filled = [self._likelihood.fill(self._text(each), self._gap, self._word) for each in kept]
        if not all(filled):
            raise NotMeasurableError("the gap is farther in the text than the model reads")
        scores = self._likelihood.scores([sentence for each in filled for sentence in each], work="explaining")
        ends = np.cumsum([len(each) for each in filled], dtype=np.intp)
        return np.array([part.sum() for part in np.split(scores, ends)[:-1]])

    @property
    def refusal(self) -> str:
        """Why there are no gradients."""
        return "the answer is a word in a gap"

    def _text(self, kept: Sequence[int]) -> str:
        before = [self.words[index] for index in kept if index < self._position]
        after = [self.words[index] for index in kept if index >= self._position]
        return " ".join([*before, self._gap_word, *after])
