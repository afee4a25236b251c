"""Acquisition scores: how much the label of a text would tell, by the answers of a model. Larger is asked first."""

import numpy as np
import scipy

from leaderboard.arrays import FloatArray


def entropy(log_probabilities: FloatArray) -> FloatArray:
    """Return the entropy of each answer in nats: shape (texts, classes) to (texts,)."""
    scores: FloatArray = scipy.special.entr(np.exp(log_probabilities)).sum(-1)
    return scores


def negative_margin(log_probabilities: FloatArray) -> FloatArray:
    """Return minus the difference of the two largest probabilities: shape (texts, classes) to (texts,)."""
    ordered = np.sort(np.exp(log_probabilities), axis=-1)
    scores: FloatArray = ordered[:, -2] - ordered[:, -1]
    return scores


def bald(log_probabilities: FloatArray) -> FloatArray:
    """Return the mutual information of answer and weights, in nats (Houlsby et al. 2011; Gal et al. 2017).

    Entropy of the mean answer minus mean entropy of the answers; 0 where all passes agree.

    Args:
        log_probabilities: of several passes with dropout, shape (passes, texts, classes).

    Returns:
        Shape (texts,).
    """
    mean = scipy.special.logsumexp(log_probabilities, axis=0) - np.log(len(log_probabilities))
    scores: FloatArray = entropy(mean) - entropy(log_probabilities).mean(0)
    return scores
