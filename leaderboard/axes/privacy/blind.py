"""The blind baseline: what the texts alone tell about membership, without any model."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

FEATURES = 2**14


def blind_scores(texts: Sequence[str], member: BoolArray, held_out: BoolArray) -> FloatArray:
    """Log-odds of membership by a logistic regression on a bag of words, learned on one half and asked on the other.

    Cross-validation would use more of the texts, but there any two texts meet twice, each once to learn from: on random
    splits of SST-2 (1000 a side) its AUC spread half as far again as an interval for independent scores says, and one
    honest split in five looked shifted. Words are hashed into a fixed number of features, so that a text of unseen
    words, or of none, still has a score.

    Args:
        texts: shape (n,).
        member: which of them were trained on, shape (n,).
        held_out: which are asked about, shape (n,); the baseline learns from the others.

    Returns:
        A score for each held-out text in their order, larger means "more likely a member"; all 0, a guess, when the
        half to learn from has not both members and others.
    """
    from sklearn.feature_extraction.text import HashingVectorizer  # noqa: PLC0415 - slow to import
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    if len(np.unique(member[~held_out])) < 2 or not held_out.any():  # noqa: PLR2004 - nothing to tell apart
        return np.zeros(int(held_out.sum()))
    words = HashingVectorizer(n_features=FEATURES, binary=True, norm=None, alternate_sign=False).transform(texts)
    learner = LogisticRegression(solver="liblinear").fit(words[~held_out], member[~held_out])
    scores: FloatArray = learner.decision_function(words[held_out])
    return scores
