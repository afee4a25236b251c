"""Attention of the tokens that an answer is read from, summed over the tokens of each word."""

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.backends.classifiers import TokenAttention


def attention_by_word(attention: TokenAttention, weights: FloatArray) -> FloatArray:
    """Return the mean attention to each word of the tokens that the answer is read from, shape (words,).

    Args:
        attention: which tokens these are, and which word each token belongs to.
        weights: attention of each token to each token, shape (tokens, tokens).
    """
    rows = weights[list(attention.read_at)].mean(axis=0)
    totals = np.zeros(attention.n_words)
    for token, owner in enumerate(attention.owners):
        if owner is not None:
            totals[owner] += rows[token]
    return totals
