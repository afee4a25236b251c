"""PassedAttribution: gradients and attention of a classifier that changes the answers of another one."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from leaderboard.backends.classifiers import (
    Classifier,
    TokenAttention,
    TransparentClassifier,
    WordIntegrals,
    variable_of,
)
from leaderboard.errors import NotMeasurableError

if TYPE_CHECKING:
    from leaderboard.backends.local.engine.text_scores import TextScores


@runtime_checkable
class DifferentiableClassifier(Classifier, Protocol):
    """A classifier on this machine whose log-probabilities are a function of the embeddings of a text."""

    def text_scores(self, words: Sequence[str]) -> "TextScores":
        """Return this function for the text that `joined_words` makes of words."""


def text_scores_of(classifier: Classifier, words: Sequence[str]) -> "TextScores":
    """Return the log-probabilities of a classifier as a function of embeddings.

    Raises:
        NotMeasurableError: when there is no such function.
    """
    if not isinstance(classifier, DifferentiableClassifier):
        raise NotMeasurableError(
            "this classifier combines several answers, or is not on this machine: it has no embeddings of its own"
        )
    return classifier.text_scores(words)


class PassedAttribution(ABC):
    """What a wrapper of one classifier passes on: integrals of its own probabilities, and the attention of the model.

    A subclass says how its log-probabilities follow from those of the classifier, in `text_scores`.
    """

    _classifier: Classifier

    @abstractmethod
    def text_scores(self, words: Sequence[str]) -> "TextScores":
        """Return the changed log-probabilities as a function of the embeddings of a text.

        Raises:
            NotMeasurableError: when the wrapped classifier has no such function.
        """

    @abstractmethod
    def around(self, classifier: Classifier) -> Classifier:
        """Return the same change of another classifier."""

    def word_integrals(self, words: Sequence[str], label: int) -> WordIntegrals:
        """Return the integrated gradients of the changed log-odds of a class."""
        from leaderboard.backends.local.engine.integrated_gradients import (  # noqa: PLC0415 - captum, needed by few
            integrated_gradients,
        )

        return integrated_gradients(self.text_scores(words), label)

    def token_attention(self, words: Sequence[str]) -> TokenAttention:
        """Return the attention of the model that reads the text."""
        from leaderboard.backends.local.engine.attention_maps import attention_maps  # noqa: PLC0415 - imports torch

        return attention_maps(self.text_scores(words))

    def words_read(self, words: Sequence[str]) -> range:
        """Return the words that the model reads; all where its window is unknown."""
        return words_read_by(self._classifier, words)

    def with_random_weights(self, seed: int) -> Classifier:
        """Return the same change of the classifier with random weights."""
        return self.around(variable_of(self._classifier).with_random_weights(seed))

    def with_embedding_noise(self, radius: float, seed: int) -> Classifier:
        """Return the same change of the classifier with noise on its embeddings."""
        return self.around(variable_of(self._classifier).with_embedding_noise(radius, seed))


def words_read_by(classifier: Classifier, words: Sequence[str]) -> range:
    """Return the words that a classifier reads; all where its window is unknown."""
    return classifier.words_read(words) if isinstance(classifier, TransparentClassifier) else range(len(words))
