"""Confidence sequences in closed form, which are wider than those by betting and check them.

The empirical-Bernstein sequence adapts to the variance, and the normal mixture needs nothing but the bounds.
"""

import math

import numpy as np
import numpy.typing as npt

from leaderboard.arrays import FloatArray
from leaderboard.stats.betting import Bounds
from leaderboard.stats.intervals import CONFIDENCE

_LARGEST_BET = 0.5
"""Largest λ, the constant c of Waudby-Smith & Ramdas, theorem 2."""


def empirical_bernstein(values: npt.ArrayLike, *, alpha: float = 1 - CONFIDENCE) -> Bounds:
    """Return the predictable plug-in empirical-Bernstein sequence of the mean of values in [0, 1].

    Σλ_i x_i / Σλ_i ± (ln(2/α) + Σ v_i ψ(λ_i)) / Σλ_i, with v_i = 4 (x_i - m_{i-1})², ψ(λ) = (-ln(1 - λ) - λ) / 4 and
    λ_t = √(2 ln(2/α) / (s²_{t-1} t ln(1 + t))), at most 1/2 (Waudby-Smith & Ramdas 2024, theorem 2;
    Howard et al. 2021, theorem 4). (0, 1) without values.
    """
    sample = np.asarray(values, np.float64)
    if not sample.size:
        return 0.0, 1.0
    before, variances = _earlier_moments(sample)
    t = np.arange(1, len(sample) + 1)
    stakes = np.minimum(np.sqrt(2 * math.log(2 / alpha) / (variances * t * np.log1p(t))), _LARGEST_BET)
    loss = 4 * (sample - before) ** 2 * (-np.log1p(-stakes) - stakes) / 4
    total = float(stakes.sum())
    centre, half = float(stakes @ sample) / total, (math.log(2 / alpha) + float(loss.sum())) / total
    return max(0.0, centre - half), min(1.0, centre + half)


def normal_mixture(values: npt.ArrayLike, *, best_n: int = 200, alpha: float = 1 - CONFIDENCE) -> Bounds:
    """Return the normal-mixture sequence of the mean of values in [0, 1], which are sub-Gaussian with variance 1/4.

    x̄ ± √((v + ρ) ln((v + ρ) / (α² ρ))) / n with v = n/4 (Robbins 1970; Howard et al. 2021, equation 3.7). ρ makes it
    narrow near n = `best_n`: ρ = best_n / (4 (2 ln(1/α) + ln(1 + 2 ln(1/α)))). (0, 1) without values.
    """
    sample = np.asarray(values, np.float64)
    n = sample.size
    if not n:
        return 0.0, 1.0
    wide = 2 * math.log(1 / alpha)
    rho = best_n / (4 * (wide + math.log1p(wide)))
    half = math.sqrt((n / 4 + rho) * math.log((n / 4 + rho) / (alpha**2 * rho))) / n
    centre = float(sample.mean())
    return max(0.0, centre - half), min(1.0, centre + half)


def _earlier_moments(sample: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the mean and the variance before each value, from a prior of one value 1/2 with variance 1/4."""
    counts = np.arange(2, len(sample) + 2)
    means = (0.5 + np.cumsum(sample)) / counts
    variances = (0.25 + np.cumsum((sample - means) ** 2)) / counts
    return np.concatenate([[0.5], means])[:-1], np.concatenate([[0.25], variances])[:-1]
