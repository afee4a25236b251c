"""Effects of several settings on a value, estimated from points that have many of them turned at once.

The additive model y = μ + X β + u + e: `μ` is the value with nothing turned, a column of `X` says how far each point
has one setting turned (1 = as it usually is), `u` is what the points of one family share (those that follow from one
training) and `e` is the rest. Two points of a family that differ in one setting alone tell its effect by their
difference; the model adds what all other points tell.

    μ flat, β ~ N(0, η σ²), u ~ N(0, κ σ²), e ~ N(0, σ²), p(σ²) ∝ 1 / σ²

Effects come from one distribution, so that of a hundred noisy ones the largest is not taken for a finding (Gelman,
Hill & Yajima 2012), and few points with many settings give wide intervals. With z and Z for values and settings as
contrasts, which leaves μ out, F for same family, and V = I + κ F + η Z Zᵀ:

    E[β] = η Zᵀ V⁻¹ z        Var[β] = s² (η I - η² Zᵀ V⁻¹ Z)        s² = zᵀ V⁻¹ z / (n - 1)

which is ridge regression (Hoerl & Kennard 1970) with the penalty 1 / η. η and κ are averaged over a grid by how well
they explain the values, p(z | η, κ) ∝ |V|^(-1/2) (s²)^(-(n-1)/2), and not fitted: a fitted η of 0 would say that
all effects are exactly 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from leaderboard.arrays import FloatArray
from leaderboard.stats.estimate import Estimate

FEWEST_POINTS = 10
FEWEST_TURNED = 3
"""Points that have a setting turned, from which on its effect is separated from the variation between points."""
METHOD = "additive model with partial pooling, 95 %"
_SIZES = np.logspace(-2, 4, 11)
"""η: effects from a tenth of the noise to a hundred times as large."""
_SHARED = np.array([0.0, 1.0, 10.0, 100.0, 1000.0])
"""κ: what a family shares, in variances of the rest."""


@dataclass(frozen=True, slots=True)
class _Posterior:
    """The posterior distribution of the effects for one η and κ.

    Attributes:
        mean, variance: of each effect.
        log_evidence: of the values, up to a constant.
    """

    mean: FloatArray
    variance: FloatArray
    log_evidence: float


def additive_effects(values: npt.ArrayLike, turned: npt.ArrayLike, families: Sequence[int]) -> list[Estimate]:
    """Return the effect of each setting on a value, compared with all of them off.

    Holds as far as effects add up; what settings do to each other is part of the noise.

    Args:
        values: shape (n,), of each point.
        turned: shape (n, k): 0 where a point has a setting off, 1 where it is as usual, in between or beyond where it
            is turned less or more.
        families: of each point; points of one share what is not explained.

    Returns:
        One a setting. *Not measured* for fewer than `FEWEST_POINTS` points, or a setting that fewer than
        `FEWEST_TURNED` of them have turned.

    Raises:
        ValueError: for numbers that are not finite, or shapes that do not match.
    """
    y, x = np.asarray(values, dtype=np.float64), np.asarray(turned, dtype=np.float64)
    if x.ndim != 2 or len(x) != len(y) or len(families) != len(y):  # noqa: PLR2004 - a table
        raise ValueError(f"{len(y)} values need as many rows of settings and families, not {x.shape}, {len(families)}")
    if not (np.isfinite(y).all() and np.isfinite(x).all()):
        raise ValueError("values and settings are finite")
    if len(y) < FEWEST_POINTS:
        few = f"{len(y)} complete trial{'' if len(y) == 1 else 's'}"
        reason = f"{few} are too few to separate effects; {FEWEST_POINTS} are needed"
        return [Estimate.not_measured(reason, n=len(y)) for _ in x.T]
    mean, spread = _effects(y, x, np.asarray(families))
    counts = np.count_nonzero(x, axis=0).tolist()
    return [_estimate(mean[j], spread[j], n, len(y)) for j, n in enumerate(counts)]


def _estimate(mean: float, spread: float, n: int, points: int) -> Estimate:
    from scipy import stats  # noqa: PLC0415 - slow to import

    if n < FEWEST_TURNED:
        return Estimate.not_measured(f"turned in {n} of {points} trials; {FEWEST_TURNED} are needed", n=n)
    margin = float(stats.t.ppf(0.975, points - 1)) * spread
    return Estimate.measured(mean, (mean - margin, mean + margin), n=n, method=METHOD)


def _effects(y: FloatArray, x: FloatArray, families: npt.NDArray[np.int_]) -> tuple[FloatArray, FloatArray]:
    """Return mean and standard deviation of each effect, averaged over η and κ."""
    from scipy.linalg import helmert  # noqa: PLC0415 - slow to import

    contrasts = helmert(len(y))
    z, columns = contrasts @ y, contrasts @ x
    if float(np.abs(z).max()) < 1e-12:  # noqa: PLR2004 - rounding: every point has the same value
        return np.zeros(x.shape[1]), np.zeros(x.shape[1])
    same = contrasts @ (families[:, None] == families[None, :]) @ contrasts.T
    shared = _SHARED if len(set(families.tolist())) < len(families) else _SHARED[:1]
    posteriors = [_posterior(z, columns, same, size, part) for size in _SIZES for part in shared]
    evidence = np.array([each.log_evidence for each in posteriors])
    weights = np.exp(evidence - evidence.max())
    weights /= weights.sum()
    means = np.array([each.mean for each in posteriors])
    mean = weights @ means
    variance = weights @ (np.array([each.variance for each in posteriors]) + (means - mean) ** 2)
    return mean, np.sqrt(variance)


def _posterior(z: FloatArray, columns: FloatArray, same: FloatArray, size: float, shared: float) -> _Posterior:
    n = len(z)
    root = np.linalg.cholesky(np.eye(n) + shared * same + size * columns @ columns.T)
    whitened, whitened_columns = np.linalg.solve(root, z), np.linalg.solve(root, columns)
    noise = float(whitened @ whitened) / n
    variance = noise * (size - size**2 * (whitened_columns**2).sum(axis=0))
    evidence = -float(np.log(np.diag(root)).sum()) - n / 2 * float(np.log(noise))
    return _Posterior(size * whitened_columns.T @ whitened, np.maximum(variance, 0.0), evidence)
