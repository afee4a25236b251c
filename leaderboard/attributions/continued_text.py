"""ContinuedText: the log-likelihood of a continuation, explained by the words of its prompt."""

from collections.abc import Sequence

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.attributions.explained import Explained
from leaderboard.backends.classifiers import UnspacedWords, joined_words
from leaderboard.backends.likelihood import Likelihood


class ContinuedText(Explained):
    """Log-likelihood per token of a continuation, such as a generated answer, behind some of the words of its prompt.

    With `occlusion` this is leave-one-out attribution of generated text.
    """

    def __init__(self, likelihood: Likelihood, words: Sequence[str], continuation: str) -> None:
        """Set the text.

        Args:
            likelihood: log-likelihoods of the subject.
            words: words of the prompt, as `joined_words` joins them.
            continuation: the continuation, with the space before it.
        """
        self._container = UnspacedWords if isinstance(words, UnspacedWords) else tuple
        self._likelihood = likelihood
        self._continuation = continuation
        self.words = self._container(words)

    def scores(self, kept: Sequence[tuple[int, ...]]) -> FloatArray:
        """Return the mean log-likelihood of the continuation's tokens behind some of the words."""
        contexts = [joined_words(self._container(self.words[index] for index in each)) for each in kept]
        requests = [(context, self._continuation) for context in contexts]
        scores = self._likelihood.token_scores(requests, work="explaining")
        return np.array([score.logprobs.mean(dtype=np.float64) for score in scores])

    @property
    def refusal(self) -> str:
        """Why there are no gradients."""
        return "the answer is a continuation of several tokens"
