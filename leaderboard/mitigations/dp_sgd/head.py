"""Private head: a linear head trained by DP-SGD (Abadi et al. 2016)."""

import logging

import numpy as np
import numpy.typing as npt

from leaderboard.arrays import FloatArray
from leaderboard.training.dp_accounting import delta_for, guarantee
from leaderboard.training.linear_head import Head, check_counts, unit_rows

SAMPLE_RATE, STEPS = 0.05, 200
"""Ten passes over the rows on average. Neither may depend on the data, which would break the guarantee."""

_LEARNING_RATE = 2.0
"""The log-loss curves by 1 at most where vectors, with the 1 for the bias, have length √2: longer steps may swing."""

_CLASSES_IN_ONE_ROW = 2

_log = logging.getLogger(__name__)


def fit_private_head(
    inputs: FloatArray,
    truth: npt.NDArray[np.intp],
    classes: int,
    *,
    noise: float,
    clip: float,
    strength: float,
    seed: int,
    split: str = "train",
) -> Head:
    """Fit a multinomial logistic regression by DP-SGD, with its (ε, δ) in the head's `about`.

    The examples are used only through clipped and noisy sums of gradients: each vector is scaled to length 1 by itself
    instead of being standardised with the others, and batches are drawn by Poisson sampling. The number of examples is
    treated as public. The head is the mean of the second half of the steps, which costs no privacy.

    The guarantee holds for single rows, against an attacker who does not know the seed, from which the noise can be
    drawn again. Changed copies of an example are rows of their own, and deduplication is not accounted for.

    Args:
        inputs: shape (examples, features).
        truth: class of each example, shape (examples,).
        classes: number of classes.
        noise: standard deviation of the noise, in units of `clip`, above 0.
        clip: maximum norm of the gradient of one example, above 0. No gradient is longer than 2.
        strength: inverse strength of the L2 penalty, as scikit-learn's C.
        seed: seed of batches and noise.
        split: split of the examples, for messages.

    Raises:
        NotMeasurableError: when a class has no example.
        RequestError: when the accountant is not installed.
    """
    check_counts(truth, classes, 1, split)
    bound = guarantee(noise, SAMPLE_RATE, STEPS, delta_for(len(truth)))
    units = np.concatenate([unit_rows(inputs), np.ones((len(inputs), 1))], axis=1)
    layer = _descend(units, np.eye(classes)[truth], noise=noise, clip=clip, strength=strength, seed=seed)
    _log.info("trained a head on %d rows: ε = %.3g at δ = %.1g", len(truth), bound.epsilon, bound.delta)
    about = {
        "epsilon": repr(bound.epsilon),
        "delta": repr(bound.delta),
        "noise": repr(noise),
        "clip": repr(clip),
        "sample_rate": repr(SAMPLE_RATE),
        "steps": str(STEPS),
        "accountant": str(bound.accountant),
    }
    weight, bias = np.ascontiguousarray(layer[:, :-1]), np.ascontiguousarray(layer[:, -1])
    return Head(weight, bias, unit=True, about=about)


def _descend(
    units: FloatArray, targets: FloatArray, *, noise: float, clip: float, strength: float, seed: int
) -> FloatArray:
    """Return the layer, shape (classes, features + 1), bias last. Targets: one-hot, shape (rows, classes)."""
    from scipy.special import softmax  # noqa: PLC0415 - slow to import

    rng = np.random.default_rng(seed)
    layer = np.zeros((targets.shape[1], units.shape[1]))
    mean = np.zeros_like(layer)
    # Where gradients are cut to almost nothing, steps grow by as much: only directions matter then (De et al. 2022).
    rate = _LEARNING_RATE / min(clip, 1.0)
    # Two rows of opposite signs are penalised half as much as the one that scikit-learn keeps for two classes.
    penalty = (2.0 if len(layer) == _CLASSES_IN_ONE_ROW else 1.0) / (strength * len(units))
    shrink = np.full(units.shape[1], 1 + _LEARNING_RATE * penalty)
    shrink[-1] = 1.0  # the bias is not penalised
    lengths = np.linalg.norm(units, axis=1)
    for step in range(STEPS):
        batch = np.flatnonzero(rng.random(len(units)) < SAMPLE_RATE)
        residuals = softmax(units[batch] @ layer.T, axis=1) - targets[batch]
        # The gradient of one row is residual ⊗ features, whose norm is the product of theirs.
        norms = np.linalg.norm(residuals, axis=1) * lengths[batch]
        residuals *= np.minimum(1.0, clip / np.maximum(norms, 1e-12))[:, None]
        total = residuals.T @ units[batch] + rng.normal(scale=noise * clip, size=layer.shape)
        # The penalty as a proximal step: it never overshoots, however strong.
        layer = (layer - rate * total / (SAMPLE_RATE * len(units))) / shrink
        if step >= STEPS // 2:
            mean += layer / (STEPS - STEPS // 2)
    return mean
