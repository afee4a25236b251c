"""Blind baseline: prediction of membership from the texts alone, without the model."""

from collections.abc import Sequence

import numpy as np

from leaderboard.arrays import BoolArray, FloatArray

FEATURES = 2**14


def blind_scores(texts: Sequence[str], member: BoolArray, held_out: BoolArray) -> FloatArray:
    """Return log-odds of membership by logistic regression on a bag of words, trained on one half of the examples.

    Cross-validation would use more of the texts, but its scores are dependent: on random splits of SST-2 (1000 per
    side) its AUC varied half as much again as an interval for independent scores says, and one valid split in five
    looked shifted. Words are hashed into a fixed number of features, so that a text of unseen words, or of none, has a
    score.

    Args:
        texts: shape (n,).
        member: whether each text was trained on, shape (n,).
        held_out: whether each text is scored, shape (n,); the baseline is trained on the others.

    Returns:
        A score for each held-out text in their order, larger means "more likely a member"; all 0 when the training half
        lacks members or non-members.
    """
    from sklearn.feature_extraction.text import HashingVectorizer  # noqa: PLC0415 - slow to import
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    if len(np.unique(member[~held_out])) < 2 or not held_out.any():  # noqa: PLR2004 - nothing to learn
        return np.zeros(int(held_out.sum()))
    words = HashingVectorizer(n_features=FEATURES, binary=True, norm=None, alternate_sign=False).transform(texts)
    learner = LogisticRegression(solver="liblinear").fit(words[~held_out], member[~held_out])
    scores: FloatArray = learner.decision_function(words[held_out])
    return scores
