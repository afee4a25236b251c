"""Deletions: probabilities of the predicted class of a text with some of its words deleted."""

from collections.abc import Sequence

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.axes.finite import require_finite
from leaderboard.backends.classifiers import Attributor, UnspacedWords, joined_words


class Deletions:
    """Probability of the explained class for parts of one text, each computed once.

    A set of deleted words is an integer whose bit i stands for word i. The explained class is the one predicted for the
    whole text, correct or not (DeYoung et al. 2020).

    Attributes:
        classifier: classifier of the subject.
        words: words of the text, as `joined_words` joins them.
        label: index of the explained class.
    """

    def __init__(self, classifier: Attributor, words: Sequence[str]) -> None:
        """Classify the whole text.

        Raises:
            NotMeasurableError: when a probability is not finite, here and in every later call.
        """
        self.classifier = classifier
        self._container = UnspacedWords if isinstance(words, UnspacedWords) else tuple
        self.words = self._container(words)
        whole = classifier.log_probabilities([joined_words(self.words)])[0]
        self.label = int(whole.argmax())
        self._cache = dict(zip([0], self._probabilities(whole[None]), strict=True))

    @property
    def whole(self) -> float:
        """Probability of the class for the whole text."""
        return self._cache[0]

    def drops(self, deleted: Sequence[int]) -> FloatArray:
        """Return the drop of the probability when sets of words are deleted, shape (len(deleted),).

        New sets are classified in one call, so that they fill batches. Deleting all words is not supported, since
        classifiers treat an empty text differently.
        """
        missing = [mask for mask in dict.fromkeys(deleted) if mask not in self._cache]
        if missing:
            answers = self.classifier.log_probabilities([self._without(mask) for mask in missing])
            self._cache.update(zip(missing, self._probabilities(answers), strict=True))
        return self.whole - np.array([self._cache[mask] for mask in deleted], dtype=np.float64)

    def _without(self, mask: int) -> str:
        return joined_words(self._container(word for index, word in enumerate(self.words) if not mask >> index & 1))

    def _probabilities(self, answers: FloatArray) -> list[float]:
        return [float(probability) for probability in require_finite(np.exp(answers[:, self.label]), "the subject")]
