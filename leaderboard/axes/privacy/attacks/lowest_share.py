"""Lowest share: mean of the lowest scores of the tokens of a text, of Min-K% and Min-K%++."""

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.errors import NotMeasurableError

SHARE = 0.2


def lowest_mean(scores: FloatArray, share: float = SHARE) -> float:
    """Return the mean of the lowest scores.

    Args:
        scores: shape (tokens,).
        share: share of the tokens, rounded down, but at least one token.

    Raises:
        NotMeasurableError: for a text without tokens.
    """
    if len(scores) == 0:
        raise NotMeasurableError("a text without tokens has no score")
    count = max(1, int(len(scores) * share))
    return float(np.sort(scores)[:count].mean())
