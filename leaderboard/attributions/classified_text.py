"""ClassifiedText: the log-odds of one class of a text."""

from collections.abc import Sequence
from functools import cached_property
from typing import Self

import numpy as np
import scipy

from leaderboard.arrays import FloatArray
from leaderboard.attributions.explained import Explained, WordGradients
from leaderboard.backends.classifiers import (
    Attributor,
    Classifier,
    TokenAttention,
    TransparentClassifier,
    UnspacedWords,
    WordIntegrals,
    joined_words,
)
from leaderboard.errors import NotMeasurableError

MOST_WORDS = 512
"""Words of a text that are explained at most; a longer one is cut behind them."""
_LARGEST = 700.0
"""Log-odds whose probability is the smallest that has a reciprocal, or 1."""


class ClassifiedText(Explained):
    """Log-odds of a class of a text: log p − log(1 − p), which are additive where a model is linear.

    Attributes:
        label: index of the class.
    """

    def __init__(
        self,
        classifier: Classifier,
        words: Sequence[str],
        label: int | None = None,
        *,
        filler: str | None = None,
        log_probabilities: FloatArray | None = None,
    ) -> None:
        """Classify the whole text, unless the class is given: then its answer may share a batch with others.

        Args:
            classifier: classifier of the subject.
            words: words of the text, as `joined_words` joins them.
            label: index of the explained class; None for the predicted one.
            filler: what is put in the place of each deleted word; None to join the words that stay.
            log_probabilities: answer to the whole text, shape (classes,); None to compute it.
        """
        self._container = UnspacedWords if isinstance(words, UnspacedWords) else tuple
        self._classifier = classifier
        self._filler = filler
        self.words = self._container(words)
        if log_probabilities is not None:
            self.log_probabilities = log_probabilities
        self.label = int(self.log_probabilities.argmax()) if label is None else label

    @cached_property
    def log_probabilities(self) -> FloatArray:
        """Log-probabilities of all classes for the whole text, shape (classes,)."""
        answer: FloatArray = self._answers([joined_words(self.words)])[0]
        return answer

    def scores(self, kept: Sequence[tuple[int, ...]]) -> FloatArray:
        """Return the log-odds of the class for some of the words."""
        return log_odds(self._answers([self._text_of(each) for each in kept]), self.label)

    @classmethod
    def scores_together(cls, requests: Sequence[tuple[Self, Sequence[tuple[int, ...]]]]) -> list[FloatArray]:
        """Return the log-odds of the classes of several texts of one classifier, in one call."""
        texts = [text._text_of(each) for text, kept in requests for each in kept]  # noqa: SLF001 - of the same class
        answers = requests[0][0]._answers(texts)  # noqa: SLF001 - as above
        ends = np.cumsum([len(kept) for _, kept in requests])
        parts = np.split(answers, ends[:-1])
        return [log_odds(part, text.label) for (text, _), part in zip(requests, parts, strict=True)]

    def gradients(self) -> WordGradients:
        """Return the gradient of the log-odds × input, from those of log-probabilities.

        Where the class is likely, those of the other classes are taken: the gradient of log p vanishes in rounding.
        """
        classifier = self._classifier
        if not isinstance(classifier, Attributor):
            return super().gradients()
        likelihood = self.log_probabilities[self.label]
        others = [index for index in range(len(self.log_probabilities)) if index != self.label]
        if likelihood < np.log(0.5):
            gradient: FloatArray = classifier.word_gradients(self.words, self.label) / -np.expm1(likelihood)
            return WordGradients(gradient, passes=1)
        shares = scipy.special.softmax(self.log_probabilities[others])
        gradients = np.array([classifier.word_gradients(self.words, other) for other in others])
        rise: FloatArray = -(shares @ gradients) / np.exp(likelihood)
        return WordGradients(rise, passes=len(others))

    def integrals(self) -> WordIntegrals:
        """Return the integrated gradients of the log-odds."""
        return self._transparent().word_integrals(self.words, self.label)

    def attention(self) -> TokenAttention:
        """Return the attention of the model that reads the text."""
        return self._transparent().token_attention(self.words)

    @property
    def refusal(self) -> str:
        """Why there are no gradients."""
        return "only the probabilities of this classifier are known"

    def _text_of(self, kept: tuple[int, ...]) -> str:
        """Return the text with only some of its words."""
        if self._filler is None:
            return joined_words(self._container(self.words[index] for index in kept))
        stays = set(kept)
        filled = (word if index in stays else self._filler for index, word in enumerate(self.words))
        return joined_words(self._container(filled))

    def _transparent(self) -> TransparentClassifier:
        if not isinstance(self._classifier, TransparentClassifier):
            raise NotMeasurableError(
                "this classifier combines several answers, or is not on this machine: it has no embeddings of its own"
            )
        return self._classifier

    def _answers(self, texts: Sequence[str]) -> FloatArray:
        if "" in texts and self._classifier.token_count("") == 0:
            raise NotMeasurableError("this model reads no text without words, which the method compares with")
        return self._classifier.log_probabilities(texts)


def log_odds(log_probabilities: FloatArray, label: int) -> FloatArray:
    """Return log p − log(1 − p) of a class, from log-probabilities of shape (n, classes).

    1 − p is summed over the other classes, so that it is exact where p is close to 1. A p of exactly 0 or 1 counts as
    one that is as close to it as can be represented.
    """
    others: FloatArray = scipy.special.logsumexp(np.delete(log_probabilities, label, axis=1), axis=1)
    return np.clip(log_probabilities[:, label] - others, -_LARGEST, _LARGEST)


def words_read(classifier: Classifier, words: Sequence[str]) -> Sequence[str]:
    """Return the words of a text that are explained: those of `places_read`."""
    container = UnspacedWords if isinstance(words, UnspacedWords) else tuple
    places = places_read(classifier, words)
    return container(words[places.start : places.stop])


def places_read(classifier: Classifier, words: Sequence[str]) -> range:
    """Return the places of the first `MOST_WORDS` words of a text, or of those of them that a classifier reads.

    Where its window is unknown, all words are taken to be read.
    """
    container = UnspacedWords if isinstance(words, UnspacedWords) else tuple
    kept = container(words[:MOST_WORDS])
    if not kept or not isinstance(classifier, TransparentClassifier):
        return range(len(kept))
    return classifier.words_read(kept)
