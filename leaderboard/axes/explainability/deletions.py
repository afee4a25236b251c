"""A text with some of its words deleted, and how probable the subject still finds the class it first said."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from leaderboard.axes.finite import finite
from leaderboard.models.subject import Classifier

FloatArray = npt.NDArray[np.float64]


class Deletions:
    """Probability of the explained class for parts of one text, each asked for once.

    A set of deleted words is a whole number whose bit i stands for word i. The class explained is the one that the
    subject says of the whole text, right or wrong (DeYoung et al. 2020).

    Attributes:
        classifier: the subject's.
        words: of the text; what is asked about is words joined by single spaces.
        label: the class explained.
    """

    def __init__(self, classifier: Classifier, words: Sequence[str]) -> None:
        """Ask about the whole text.

        Raises:
            NotMeasurableError: when the answer is not a number; so does every later question.
        """
        self.classifier = classifier
        self.words = tuple(words)
        whole = classifier.log_probabilities([" ".join(self.words)])[0]
        self.label = int(whole.argmax())
        self._known = dict(zip([0], self._probabilities(whole[None]), strict=True))

    @property
    def whole(self) -> float:
        """Probability of the class for the whole text."""
        return self._known[0]

    def falls(self, deleted: Sequence[int]) -> FloatArray:
        """How far the probability falls when these sets of words are deleted: shape (len(deleted),).

        What was not asked before goes to the classifier in one call, so that it fills batches. Deleting all words is
        not a question: an empty text has no answer that all classifiers share.
        """
        new = [mask for mask in dict.fromkeys(deleted) if mask not in self._known]
        if new:
            answers = self.classifier.log_probabilities([self._without(mask) for mask in new])
            self._known.update(zip(new, self._probabilities(answers), strict=True))
        return self.whole - np.array([self._known[mask] for mask in deleted], dtype=np.float64)

    def _without(self, mask: int) -> str:
        return " ".join(word for index, word in enumerate(self.words) if not mask >> index & 1)

    def _probabilities(self, answers: FloatArray) -> list[float]:
        return [float(probability) for probability in finite(np.exp(answers[:, self.label]), "the subject")]
