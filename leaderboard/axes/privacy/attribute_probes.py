"""Attribute probes: cross-validated predictions of an attribute of texts from what a model computes of them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from leaderboard.arrays import BoolArray, FloatArray, IntArray
from leaderboard.axes.privacy.blind import FEATURES
from leaderboard.errors import NotMeasurableError

_ITERATIONS = 1000
_LEAST = 2
"""Fewest classes, and fewest independent texts of each."""


def cross_validation_folds(attributes: IntArray, clusters: Sequence[str], folds: int, *, seed: int) -> IntArray:
    """Return the fold of each text, shape (n,); texts of one cluster share a fold, and classes are spread evenly.

    Args:
        attributes: class of each text, shape (n,).
        clusters: key of each text, shape (n,), equal where texts are not independent.
        folds: number of folds; that of the clusters of the rarest class where those are fewer.
        seed: seed of the assignment.

    Raises:
        NotMeasurableError: with a single class, or a class whose texts are all in one cluster.
    """
    from sklearn.model_selection import StratifiedGroupKFold  # noqa: PLC0415 - slow to import

    keys = np.asarray(clusters)
    counts = {int(each): len(np.unique(keys[attributes == each])) for each in np.unique(attributes)}
    if len(counts) < _LEAST:
        raise NotMeasurableError(f"an attribute needs texts of at least 2 classes, and there are {len(counts)}")
    if min(counts.values()) < _LEAST:
        rarest = min(counts, key=lambda each: counts[each])
        raise NotMeasurableError(
            f"class {rarest} of the attribute has a single independent text; cross-validation needs 2 of each class"
        )
    fold_of_text = np.zeros(len(attributes), dtype=np.intp)
    splitter = StratifiedGroupKFold(min(folds, *counts.values()), shuffle=True, random_state=seed)
    for number, (_, test) in enumerate(splitter.split(keys[:, None], attributes, keys)):
        fold_of_text[test] = number
    return fold_of_text


def word_features(texts: Sequence[str]) -> csr_matrix:
    """Return which hashed words are in each text, shape (n, FEATURES): the blind baseline, without a model."""
    from sklearn.feature_extraction.text import HashingVectorizer  # noqa: PLC0415 - slow to import

    vectorizer = HashingVectorizer(n_features=FEATURES, binary=True, norm=None, alternate_sign=False)
    words: csr_matrix = vectorizer.transform(texts)
    return words


def right_predictions(features: FloatArray | csr_matrix, attributes: IntArray, fold_of_text: IntArray) -> BoolArray:
    """Return whether logistic regression on the other folds predicts the attribute of each text, shape (n,).

    Dense features are standardised by the mean and standard deviation of the training folds; the penalty is C = 1.

    Args:
        features: shape (n, width).
        attributes: class of each text, shape (n,).
        fold_of_text: shape (n,).
    """
    right = np.zeros(len(attributes), dtype=np.bool_)
    for fold in np.unique(fold_of_text):
        test = fold_of_text == fold
        learner = _learner(dense=isinstance(features, np.ndarray))
        rows: Any = features
        if len(np.unique(attributes[~test])) == 1:  # nothing to learn
            right[test] = attributes[test] == attributes[~test][0]
            continue
        right[test] = learner.fit(rows[~test], attributes[~test]).predict(rows[test]) == attributes[test]
    return right


def _learner(*, dense: bool) -> Any:
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - slow to import
    from sklearn.pipeline import make_pipeline  # noqa: PLC0415
    from sklearn.preprocessing import StandardScaler  # noqa: PLC0415

    regression = LogisticRegression(max_iter=_ITERATIONS)
    return make_pipeline(StandardScaler(), regression) if dense else regression
