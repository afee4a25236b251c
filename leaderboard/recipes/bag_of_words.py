"""Bag of words: TF-IDF and logistic regression, a baseline without a model."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from leaderboard.data.examples import TextExample
from leaderboard.errors import NotMeasurableError

MAX_CHARACTERS = 10_000_000
"""Limit of characters of the training texts, which are thinned out evenly above it: a few seconds of training."""
_WORD = r"(?u)[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]|\w+"
"""A word, or one character of Chinese or Japanese, which are written without spaces."""


class BagOfWords:
    """Classifier that uses the words of a text without their order.

    TF-IDF of words and multinomial logistic regression, with scikit-learn's defaults (C = 1, all words) except for the
    definition of a word. The two texts of a pair are one text.
    """

    def __init__(self, examples: Sequence[TextExample]) -> None:
        """Train on the labelled examples.

        Raises:
            NotMeasurableError: when they have fewer than two classes, or no word.
        """
        from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415 - slow to import
        from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

        labelled_examples = _thin([example for example in examples if example.label is not None])
        if len({example.label for example in labelled_examples}) < 2:  # noqa: PLR2004 - nothing to learn
            raise NotMeasurableError("a bag of words needs training texts of two classes or more")
        self._words = TfidfVectorizer(token_pattern=_WORD)
        try:
            counts = self._words.fit_transform([example.whole for example in labelled_examples])
        except ValueError:  # an empty vocabulary
            raise NotMeasurableError("a bag of words finds no word in the training texts") from None
        self._regression = LogisticRegression(max_iter=1000).fit(
            counts, [example.label for example in labelled_examples]
        )

    def classes(self, examples: Sequence[TextExample]) -> npt.NDArray[np.intp]:
        """Return the most probable class of each example, shape (n,)."""
        if not examples:
            return np.empty(0, np.intp)
        predicted = self._regression.predict(self._words.transform([example.whole for example in examples]))
        return np.asarray(predicted, dtype=np.intp)


def _thin(examples: Sequence[TextExample]) -> Sequence[TextExample]:
    """Return every k-th example, so that they have at most `MAX_CHARACTERS` characters."""
    characters = sum(len(example.whole) for example in examples)
    return examples[:: max(1, -(-characters // MAX_CHARACTERS))]
