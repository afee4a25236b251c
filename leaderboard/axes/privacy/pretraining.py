"""Was a text in a model's pre-training data? Scores from its tokens' log-probabilities; larger means more likely so."""

import zlib

import numpy as np
import numpy.typing as npt

from leaderboard.errors import NotMeasurableError

FloatArray = npt.NDArray[np.float64]

SHARE = 0.2


def loss(logprobs: FloatArray) -> float:
    """Minus the loss: mean log-probability of a text's tokens, in nats (Yeom et al. 2018).

    Args:
        logprobs: log p_t of each token given those before it, shape (tokens,).

    Raises:
        NotMeasurableError: for a text without tokens, as every score here.
    """
    return float(_some(logprobs).mean())


def zlib_ratio(logprobs: FloatArray, text: str) -> float:
    """Mean log-probability over the bytes that zlib compresses the text to, in nats a byte (Carlini et al. 2021).

    What is repetitive is likely under every model; its short compression says so. The text is the one that was scored.
    """
    return loss(logprobs) / len(zlib.compress(text.encode()))


def min_k(logprobs: FloatArray, share: float = SHARE) -> float:
    """Min-K%: mean log-probability of the least likely tokens, in nats (Shi et al. 2024).

    Args:
        logprobs: shape (tokens,).
        share: of the tokens, rounded down, but one at least.
    """
    return _lowest(logprobs, share)


def min_k_plus_plus(logprobs: FloatArray, mean: FloatArray, variance: FloatArray, share: float = SHARE) -> float:
    """Min-K%++: mean of the lowest (log p_t - μ_t) / σ_t (Zhang et al. 2025); no unit.

    Where σ_t = 0 every token that could come was as likely as the one that came, which therefore stands at the mean: 0.

    Args:
        logprobs: log p_t, shape (tokens,).
        mean: μ_t = Σ_v p_v log p_v over the vocabulary at t, same shape.
        variance: σ²_t = Σ_v p_v log² p_v - μ²_t, same shape.
        share: of the tokens, rounded down, but one at least.
    """
    spread = np.sqrt(variance)
    return _lowest(np.divide(logprobs - mean, spread, out=np.zeros_like(logprobs), where=spread > 0), share)


def _lowest(scores: FloatArray, share: float) -> float:
    """Mean of the lowest share of the scores."""
    count = max(1, int(len(_some(scores)) * share))
    return float(np.sort(scores)[:count].mean())


def _some(scores: FloatArray) -> FloatArray:
    if len(scores) == 0:
        raise NotMeasurableError("a text without tokens has no score")
    return scores
