"""Confidence: the logit of an example's probability, and its distribution over shadow models."""

import numpy as np

from leaderboard.arrays import FloatArray

MANY_SHADOWS = 64
"""With fewer shadow models, one variance for all examples is better than one for each (Carlini et al. 2022, § VI-B)."""
_LEAST_LOSS = 1e-12
_LEAST_SPREAD = 1e-12
"""Keeps a density finite where all shadow models agree."""


def logit(losses: FloatArray) -> FloatArray:
    """Return φ = log(p / (1 - p)) of losses -log p, in nats; a loss of 0 counts as 1e-12."""
    bounded = np.maximum(losses, _LEAST_LOSS)
    confidence: FloatArray = -bounded - np.log(-np.expm1(-bounded))
    return confidence


def uses_fixed_variance(shadows: int) -> bool:
    """Return whether so many shadow models are too few for a variance of each example."""
    return shadows < MANY_SHADOWS


def moments(samples: FloatArray, *, fixed_variance: bool) -> tuple[FloatArray, FloatArray]:
    """Return mean and standard deviation of each example, shapes (n,).

    An example without a sample has the mean of the others' means, and of their standard deviations.

    Args:
        samples: shape (n, shadows); NaN for a missing one.
        fixed_variance: whether all examples share the mean squared deviation.
    """
    present = np.isfinite(samples)
    counts = present.sum(axis=1)
    divisors = np.maximum(counts, 1)
    mean = np.where(present, samples, 0).sum(axis=1) / divisors
    squares = np.where(present, samples - mean[:, None], 0) ** 2
    spread = np.sqrt(squares.sum(axis=1) / divisors)
    mean[counts == 0], spread[counts == 0] = mean[counts > 0].mean(), spread[counts > 0].mean()
    if fixed_variance:
        spread = np.full(len(samples), np.sqrt(squares.sum() / counts.sum()))
    return mean, np.maximum(spread, _LEAST_SPREAD)


def log_density(values: FloatArray, samples: FloatArray, *, fixed_variance: bool) -> FloatArray:
    """Return log N(value; μ, σ²) with the moments of the samples of each example, shape (n,).

    Args:
        values: shape (n,).
        samples: shape (n, shadows); NaN for a missing one.
        fixed_variance: as for `moments`.
    """
    mean, spread = moments(samples, fixed_variance=fixed_variance)
    density: FloatArray = -0.5 * ((values - mean) / spread) ** 2 - np.log(spread) - 0.5 * np.log(2 * np.pi)
    return density
