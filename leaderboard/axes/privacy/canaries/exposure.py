"""Exposure of canaries: how much likelier they are than random texts of the same form (Carlini et al. 2019)."""

import numpy as np
import scipy

from leaderboard.arrays import FloatArray
from leaderboard.errors import NotMeasurableError

FEWEST_TO_FIT = 30
"""Number of references below which no distribution is fitted to them."""
MOST_SKEWED, WORST_FIT = 20.0, 0.01
"""Skewness above which the fitted density has a cliff, and p-value of the fit below which its tail is not used."""
_TAIL = 12.0
"""Standard deviations below a point, and below the middle, in which all of the mass below the point is."""
_STEPS = 4_000


def rank_exposures(losses: FloatArray, references: FloatArray) -> FloatArray:
    """Return log2 |R| - log2 rank for each canary, in bits (Carlini et al. 2019, § 4.2).

    The rank is 1 plus the number of references with a lower loss, ties counted half. Exposures are between
    log2(|R| / (|R| + 1)) and log2 |R|. A canary that was not trained on is as likely as a reference to have any rank:
    its exposure is log2 e = 1.44 bits on average.

    Args:
        losses: loss of each canary, in any unit, shape (n,).
        references: losses of random texts of the same form that were not trained on, shape (|R|,), |R| ≥ 1.

    Raises:
        NotMeasurableError: without references.
    """
    if len(references) == 0:
        raise NotMeasurableError("there is no reference to compare canaries with")
    ordered = np.sort(references)
    below = np.searchsorted(ordered, losses, "left") + np.searchsorted(ordered, losses, "right")
    exposures: FloatArray = np.log2(len(ordered)) - np.log2(1 + below / 2)
    return exposures


def skew_normal_exposures(losses: FloatArray, references: FloatArray) -> FloatArray:
    """Return -log2 P[loss of a random text ≤ loss of the canary] by a fitted skew-normal distribution, in bits.

    Extrapolates beyond the log2 |R| that a rank can reach (Carlini et al. 2019, § 4.3, which fits the same
    distribution). A canary that was not trained on has 1.44 bits on average, as far as the references are
    skew-normal; the tail beyond them is an assumption.

    Args:
        losses: loss of each canary, shape (n,).
        references: losses of random texts of the same form that were not trained on, shape (|R|,).

    Raises:
        NotMeasurableError: for fewer than 30 references, or references that are all alike
            or not skew-normal, as losses of two classes often are.
    """
    if len(references) < FEWEST_TO_FIT:
        raise NotMeasurableError(
            f"a distribution is fitted to {FEWEST_TO_FIT} references or more; there are {len(references)}"
        )
    ordered = np.sort(references)  # so that a sum has the same last digits whatever the order of the observations
    if ordered[0] == ordered[-1]:
        raise NotMeasurableError("all references have the same loss, to which no distribution can be fitted")
    skewness, location, scale = scipy.stats.skewnorm.fit(ordered)
    fit = scipy.stats.kstest(ordered, scipy.stats.skewnorm(skewness, location, scale).cdf)
    if abs(skewness) > MOST_SKEWED or fit.pvalue < WORST_FIT:
        raise NotMeasurableError(
            "the losses of the references are not skew-normal (Kolmogorov-Smirnov test), so that its tail says nothing"
        )
    exposures: FloatArray = -_log_below((losses - location) / scale, skewness) / np.log(2)
    return exposures


def _log_below(points: FloatArray, skewness: float) -> FloatArray:
    """Return the logarithm of the standard skew-normal distribution function at points of shape (n,).

    The density 2 φ(z) Φ(skewness z) is integrated by logarithms: scipy's own function cancels to 0 or below far out.
    """
    lengths = np.maximum(_TAIL, points + _TAIL)
    steps = lengths / _STEPS
    z = points[:, None] - steps[:, None] * np.arange(_STEPS + 1)
    log_density = np.log(2) - z**2 / 2 - np.log(2 * np.pi) / 2 + scipy.special.log_ndtr(skewness * z)
    weights = np.ones(_STEPS + 1)
    weights[[0, -1]] = 0.5
    logs: FloatArray = scipy.special.logsumexp(log_density, b=weights, axis=1) + np.log(steps)
    return np.minimum(logs, 0.0)
