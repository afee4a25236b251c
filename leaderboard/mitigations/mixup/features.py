"""Mixed features: virtual examples between two real ones (mixup, Zhang et al. 2018), as weighted rows."""

import numpy as np

from leaderboard.arrays import FloatArray, IntArray


def mix(inputs: FloatArray, truth: IntArray, *, alpha: float, seed: int) -> tuple[FloatArray, IntArray, FloatArray]:
    """Mix features: as many virtual examples as there are real ones, each on the line between two of them.

    λ is drawn from Beta(alpha, alpha), and λ or 1 - λ, whichever is larger, goes to the first of the two, so that each
    real example counts at least half. The soft label (λ of one class, 1 - λ of the other) becomes two rows with the
    same features and those weights: the weighted log-loss of both is the cross-entropy with the soft label.

    Args:
        inputs: shape (n, features).
        truth: class of each, shape (n,).
        alpha: above 0; the larger, the further between the two.
        seed: seed of the pairs and their weights.

    Returns:
        Features, shape (2 n, features), classes and weights, shape (2 n,). The weights sum to n.
    """
    rng = np.random.default_rng(seed)
    share = rng.beta(alpha, alpha, size=len(truth))
    share = np.maximum(share, 1 - share)
    other = rng.permutation(len(truth))
    rows = share[:, None] * inputs + (1 - share)[:, None] * inputs[other]
    return np.concatenate([rows, rows]), np.concatenate([truth, truth[other]]), np.concatenate([share, 1 - share])
