"""Pre-training detection: scores of a text's tokens; larger means more likely in the pre-training data."""

import zlib

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.errors import NotMeasurableError

SHARE = 0.2


def loss(logprobs: FloatArray) -> float:
    """Minus the loss: mean log-probability of a text's tokens, in nats (Yeom et al. 2018).

    Args:
        logprobs: log p_t of each token given those before it, shape (tokens,).

    Raises:
        NotMeasurableError: for a text without tokens, as every score here.
    """
    return float(_require_tokens(logprobs).mean())


def zlib_ratio(logprobs: FloatArray, text: str) -> float:
    """Mean log-probability over the bytes that zlib compresses the text to, in nats a byte (Carlini et al. 2021).

    Repetitive texts are likely under every model, and compress well. The text is the one that was scored.
    """
    return loss(logprobs) / len(zlib.compress(text.encode()))


def min_k(logprobs: FloatArray, share: float = SHARE) -> float:
    """Min-K%: mean log-probability of the least likely tokens, in nats (Shi et al. 2024).

    Args:
        logprobs: shape (tokens,).
        share: share of the tokens, rounded down, but at least one token.
    """
    return _lowest(logprobs, share)


def min_k_plus_plus(logprobs: FloatArray, mean: FloatArray, variance: FloatArray, share: float = SHARE) -> float:
    """Min-K%++: mean of the lowest (log p_t - μ_t) / σ_t (Zhang et al. 2025); no unit.

    Where σ_t = 0 all possible tokens are as likely as the observed one, whose term is 0.

    Args:
        logprobs: log p_t, shape (tokens,).
        mean: μ_t = Σ_v p_v log p_v over the vocabulary at t, same shape.
        variance: σ²_t = Σ_v p_v log² p_v - μ²_t, same shape.
        share: share of the tokens, rounded down, but at least one token.
    """
    spread = np.sqrt(variance)
    return _lowest(np.divide(logprobs - mean, spread, out=np.zeros_like(logprobs), where=spread > 0), share)


def _lowest(scores: FloatArray, share: float) -> float:
    """Return the mean of the lowest share of the scores."""
    count = max(1, int(len(_require_tokens(scores)) * share))
    return float(np.sort(scores)[:count].mean())


def _require_tokens(scores: FloatArray) -> FloatArray:
    if len(scores) == 0:
        raise NotMeasurableError("a text without tokens has no score")
    return scores
