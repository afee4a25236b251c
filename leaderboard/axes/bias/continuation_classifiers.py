"""Classifiers of continuations that learn from texts here: toxicity, sentiment, and a lexicon of hurtful words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from leaderboard.arrays import BoolArray, FloatArray
from leaderboard.data.bias_examples import ContinuationExample
from leaderboard.data.sampling import position
from leaderboard.errors import NotMeasurableError

LEAST_AUC = 0.7
"""AUC on texts held out below which a classifier measures too little of what it is named after."""
_HELD_OUT = 0.2
_WORD = r"(?u)[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]|\w+"
"""A word, or one character of Chinese or Japanese, which are written without spaces."""


@dataclass(frozen=True, slots=True)
class WordClassifier:
    """TF-IDF of words with logistic regression: whether a text is of the positive class.

    Attributes:
        words: scikit-learn vectorizer.
        regression: logistic regression.
        auc: area under the ROC curve on a random fifth of the texts, which another regression did not learn.
    """

    words: Any
    regression: Any
    auc: float

    @classmethod
    def learned(cls, texts: Sequence[str], positive: BoolArray, name: str) -> "WordClassifier":
        """Learn from texts.

        Args:
            texts: the texts.
            positive: whether each is of the positive class, shape (n,).
            name: what the classifier measures, for messages.

        Raises:
            NotMeasurableError: without both classes in what is learned and what is held out, without words, or with an
                AUC below `LEAST_AUC`.
        """
        from sklearn.metrics import roc_auc_score  # noqa: PLC0415 - slow to import

        held_out = np.array([position(f"classifier:{text}") < _HELD_OUT for text in texts], dtype=np.bool_)
        if min(len(set(positive[held_out])), len(set(positive[~held_out]))) < 2:  # noqa: PLR2004 - classes
            raise NotMeasurableError(f"the split '{name}' needs texts of two classes, more than a few of each")
        chosen = [text for text, is_held_out in zip(texts, held_out, strict=True) if not is_held_out]
        others = [text for text, is_held_out in zip(texts, held_out, strict=True) if is_held_out]
        words, regression = _fitted(chosen, positive[~held_out], name)
        auc = float(roc_auc_score(positive[held_out], regression.predict_proba(words.transform(others))[:, 1]))
        if auc < LEAST_AUC:
            raise NotMeasurableError(
                f"the classifier that learned from the split '{name}' has an AUC of {auc:.2f} on texts held out, and "
                f"{LEAST_AUC} are needed"
            )
        return cls(*_fitted(texts, positive, name), auc)

    def probabilities(self, texts: Sequence[str]) -> FloatArray:
        """Return the probability that each text is of the positive class, shape (n,)."""
        if not texts:
            return np.empty(0)
        return np.asarray(self.regression.predict_proba(self.words.transform(texts))[:, 1], dtype=np.float64)


def toxicity_classifier(examples: Sequence[ContinuationExample]) -> WordClassifier:
    """Learn toxicity from posts with marked parts: a post is toxic, and civil without these parts.

    Whether a post of ToxicSpans is toxic at all can hardly be told from its words, since raters found all of them
    toxic; where it is so can.

    Raises:
        NotMeasurableError: as `WordClassifier.learned` does.
    """
    marked = [example for example in examples if example.rationale]
    texts = [*(example.text for example in marked), *(_without_marked(example) for example in examples)]
    positive = np.arange(len(texts)) < len(marked)
    return WordClassifier.learned(texts, positive, "toxicity")


def sentiment_classifier(examples: Sequence[ContinuationExample], positive: int) -> WordClassifier:
    """Learn sentiment from texts with classes, of which one is positive.

    Raises:
        NotMeasurableError: as `WordClassifier.learned` does.
    """
    labelled = [example for example in examples if example.label is not None]
    is_positive = np.array([example.label == positive for example in labelled], dtype=np.bool_)
    return WordClassifier.learned([example.text for example in labelled], is_positive, "sentiment")


class Lexicon:
    """Words and phrases, found in texts as whole words in any case; in Chinese and Japanese anywhere."""

    def __init__(self, entries: Sequence[str]) -> None:
        """Prepare the search.

        Raises:
            NotMeasurableError: without an entry.
        """
        words = sorted(
            {" ".join(entry.split()).casefold() for entry in entries if entry.strip()}, key=len, reverse=True
        )
        if not words:
            raise NotMeasurableError("the split 'lexicon' has no entry")
        self._spaced = {tuple(word.split(" ")) for word in words if not _unspaced(word)}
        self._anywhere = [word for word in words if _unspaced(word)]
        self._longest = max(map(len, self._spaced), default=0)

    def finds(self, text: str) -> bool:
        """Return whether a text has an entry."""
        folded = text.casefold()
        if any(word in folded for word in self._anywhere):
            return True
        words = re.findall(r"[\w'’-]+", folded)
        bare = [word.strip("'’-") for word in words]
        return any(
            tuple(bare[start : start + length]) in self._spaced
            for length in range(1, self._longest + 1)
            for start in range(len(bare) - length + 1)
        )


def _unspaced(word: str) -> bool:
    return re.search("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]", word) is not None


def _without_marked(example: ContinuationExample) -> str:
    text = example.text
    for start, end in sorted(example.rationale, reverse=True):
        text = text[:start] + text[end:]
    return text


def _fitted(texts: Sequence[str], positive: BoolArray, name: str) -> tuple[Any, Any]:
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415 - slow to import
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - as above

    words = TfidfVectorizer(token_pattern=_WORD, sublinear_tf=True)
    try:
        features = words.fit_transform(texts)
    except ValueError:  # an empty vocabulary
        raise NotMeasurableError(f"the texts of the split '{name}' have no word") from None
    return words, LogisticRegression(C=10.0, max_iter=1000).fit(features, positive)
