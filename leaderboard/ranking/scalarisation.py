"""Scalarisation: several objectives as one number to be minimized.

    weighted_loss(losses, weights)            Σ wᵢ lᵢ / Σ wᵢ
    two_objectives(loss, utility, alpha)      α L + (1 - α)(1 - T)
    chebyshev(utilities, weights)             maxᵢ wᵢ rᵢ + ρ Σ wᵢ rᵢ
    alpha_sweep(losses, alphas)               which point is best at each α

A weighted sum finds the corners of the front's convex hull alone (Das & Dennis 1997); the Chebyshev distance reaches
every point of the front. The numbers of a point do not depend on other points, unless ideal and nadir are taken from
them.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from leaderboard.arrays import FloatArray
from leaderboard.errors import RequestError

RHO = 0.05
"""Share of the sum in the augmented Chebyshev distance: it separates a point from one that dominates it weakly."""
TIE = 1e-12
"""Scores no further apart than this, of values around 1, differ by the order of additions alone."""


class Scalarisation(StrEnum):
    """How several losses become one number."""

    WEIGHTED_SUM = "weighted_sum"
    CHEBYSHEV = "chebyshev"

    def score(self, losses: npt.ArrayLike, weights: npt.ArrayLike) -> FloatArray:
        """Return the number to be minimized from losses 1 - utility, shape (…, k)."""
        if self is Scalarisation.CHEBYSHEV:
            return chebyshev(1 - np.asarray(losses, dtype=np.float64), weights)
        return weighted_loss(losses, weights)


@dataclass(frozen=True, slots=True)
class Best:
    """The best points at one weight.

    Attributes:
        alpha: weight of the first objective; the second has 1 - alpha.
        score: the smallest number of the scalarisation.
        points: indices of all the points that have it, ascending.
    """

    alpha: float
    score: float
    points: tuple[int, ...]


def weighted_loss(losses: npt.ArrayLike, weights: npt.ArrayLike) -> FloatArray:
    """Return the weighted mean of losses, Σ wᵢ lᵢ / Σ wᵢ; only the ratios of weights matter.

    Args:
        losses: shape (…, k), each 1 - utility, so in [0, 1] and smaller is better.
        weights: shape (k,), not negative, at least one positive.

    Returns:
        Shape (…); in [0, 1] where the losses are.

    Raises:
        RequestError: for other weights.
    """
    values = np.asarray(losses, dtype=np.float64)
    return np.asarray(values @ _shares(weights, values.shape[-1]))


def two_objectives(loss: npt.ArrayLike, utility: npt.ArrayLike, alpha: float) -> FloatArray:
    """Return the weighted sum of two objectives, L' = α L + (1 - α)(1 - T), to be minimized.

    L is a loss (smaller is better) and T a utility (larger is better). Written with a bare T, α L + (1 - α) T could
    not be minimised together with a constraint T ≥ β: the first wants T small and the second wants it large. With
    1 - T both want the same, and T ≥ β becomes the constraint β - T ≤ 0.

    Args:
        loss: L, in [0, 1] if the two are to weigh as α says.
        utility: T, in [0, 1].
        alpha: in [0, 1]; 1 looks at L alone.

    Raises:
        RequestError: for an α outside [0, 1].
    """
    _check_share(alpha)
    costs = 1 - np.asarray(utility, dtype=np.float64)
    return np.asarray(alpha * np.asarray(loss, dtype=np.float64) + (1 - alpha) * costs)


def chebyshev(
    utilities: npt.ArrayLike,
    weights: npt.ArrayLike,
    ideal: npt.ArrayLike = 1.0,
    nadir: npt.ArrayLike = 0.0,
    rho: float = RHO,
) -> FloatArray:
    """Return the augmented weighted Chebyshev distance from the ideal, to be minimized (Steuer & Choo 1983).

    maxᵢ wᵢ rᵢ + ρ Σ wᵢ rᵢ with the regret rᵢ = (idealᵢ - uᵢ) / (idealᵢ - nadirᵢ) and weights that sum to 1. The largest
    regret counts, so no axis may be weak; the sum distinguishes points that share it. With the fixed ideal 1 and nadir
    0 another point never reorders these; the best and worst of a set, given instead, do.

    Args:
        utilities: shape (…, k); larger is better.
        weights: shape (k,), not negative, at least one positive; only their ratios matter.
        ideal: the best of each objective, shape (k,) or one for all.
        nadir: the worst likewise. An objective whose two are the same has no scale and separates nothing: its regret
            is 0.
        rho: not negative.

    Returns:
        Shape (…).

    Raises:
        RequestError: for other weights.
    """
    values = np.asarray(utilities, dtype=np.float64)
    scale = np.asarray(ideal, dtype=np.float64) - np.asarray(nadir, dtype=np.float64)
    regrets = (np.asarray(ideal, dtype=np.float64) - values) / np.where(scale == 0, np.inf, scale)
    return augmented(regrets, _shares(weights, values.shape[-1]), rho)


def augmented(regrets: FloatArray, shares: FloatArray, rho: float = RHO) -> FloatArray:
    """Return maxᵢ wᵢ rᵢ + ρ Σ wᵢ rᵢ over the last axis, of regrets and weights of one shape or one weight each."""
    weighed = shares * regrets
    return np.asarray(weighed.max(axis=-1) + rho * weighed.sum(axis=-1))


def alpha_sweep(
    losses: npt.ArrayLike, alphas: npt.ArrayLike, scalarisation: Scalarisation = Scalarisation.WEIGHTED_SUM
) -> list[Best]:
    """Return which point is best as the weight moves from one objective to the other: the trade-off curve.

    Args:
        losses: shape (n, 2): L and 1 - T, smaller is better.
        alphas: shape (m,), weights of the first objective, in [0, 1].
        scalarisation: the weighted sum shows the corners of the convex hull, Chebyshev those between them too.

    Returns:
        One entry an α, in the order given; none when there are no points. Points that tie are all named, so at α = 0
        or 1 also those that the objective without weight would distinguish.

    Raises:
        RequestError: for an α outside [0, 1].
        ValueError: for losses that are not finite.
    """
    points = np.asarray(losses, dtype=np.float64).reshape(-1, 2)
    if not np.isfinite(points).all():
        raise ValueError("a point with a loss that is not a finite number cannot be compared")
    curve: list[Best] = []
    for alpha in np.asarray(alphas, dtype=np.float64).ravel():
        _check_share(alpha)
        if len(points):
            scores = scalarisation.score(points, [alpha, 1 - alpha])
            best = float(scores.min())
            ties = np.flatnonzero(scores <= best + TIE * max(1.0, abs(best)))
            curve.append(Best(float(alpha), best, tuple(int(each) for each in ties)))
    return curve


def _check_share(alpha: float) -> None:
    if not 0 <= alpha <= 1:
        raise RequestError(f"alpha is {alpha}; it is a share, from 0 (the second objective alone) to 1 (the first)")


def _shares(weights: npt.ArrayLike, count: int) -> FloatArray:
    """Return weights scaled to sum to 1."""
    values = np.asarray(weights, dtype=np.float64)
    if values.shape != (count,):
        raise ValueError(f"{count} objectives need as many weights, not {values.shape}")
    if not np.isfinite(values).all() or (values < 0).any() or not values.any():
        raise RequestError(f"weights {values.tolist()}: each is 0 or a positive number, and one of them positive")
    ratios = values / values.max()  # the sum of large ones stays finite
    return np.asarray(ratios / ratios.sum())
