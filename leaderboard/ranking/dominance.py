"""Probabilities that one point dominates another, for points known up to an interval. Every objective is minimized.

    probability_dominated(point, others, rng)   that one of the others is no worse on all and better on one
    dominance_matrix(points, rng)               the same for each pair
    paired_dominance(first, second, rng)        from the answers to the same examples

The first two know intervals alone and draw points independently of each other. Models that answered the same examples
err on the same hard ones: their errors are positively correlated, and their difference is known better than two
intervals tell. A pair that is drawn as dominated with probability .95 is so with at least that, and a rule that gives
points up on it errs on the careful side. That holds pair by pair. Among many others that are about as good as a point,
independent draws make one of them the better by luck (20 equal ones with probability 20/21), so a rule that looks at
a whole front takes the largest of its pairs. Where the answers are at hand, `paired_dominance` is sharper.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from leaderboard.arrays import FloatArray
from leaderboard.errors import NotMeasurableError
from leaderboard.ranking.uncertain_loss import QUANTILE, Uncertain

Point = Sequence[Uncertain]

DRAWS = 4000
"""Standard error of a drawn probability: .008 at most, .0035 at .95."""
RESAMPLES = 2000
_AT_ONCE = 2_000_000
"""Counts of resampled examples that are held at once."""


def probability_dominated(
    point: Point, others: Sequence[Point], rng: np.random.Generator, *, draws: int = DRAWS
) -> float:
    """Return the probability that at least one other point is no worse on every objective and better on one.

    Each objective is drawn from two half normals joined at its value, which is their median; each side is as wide as
    makes the ends of the 95 % interval its quantiles .025 and .975. A value without width is drawn as it is, so exact
    points give 0 or 1. Objectives are drawn independently of each other, and points of each other (see the module).

    Args:
        point: k objectives.
        others: each k objectives; none gives 0.
        rng: the draws.
        draws: how many.
    """
    if not others:
        return 0.0
    point_draws, *other_draws = draw_points([point, *others], rng, draws)
    dominated = np.zeros(draws, dtype=bool)
    for rival in other_draws:
        dominated |= _dominates(rival, point_draws)
    return float(dominated.mean())


def dominance_matrix(points: Sequence[Point], rng: np.random.Generator, *, draws: int = DRAWS) -> FloatArray:
    """Return the probability that each point dominates each other, drawn as in `probability_dominated`.

    Returns:
        Shape (n, n): at [i, j] that i dominates j; 0 on the diagonal. [i, j] + [j, i] is at most 1, and what is missing
        is the probability that neither dominates.
    """
    samples = draw_points(points, rng, draws)
    shares = [_dominates(first, second).mean() for first in samples for second in samples]
    return np.array(shares, dtype=np.float64).reshape(len(points), len(points))


def paired_dominance(
    first: Sequence[npt.ArrayLike],
    second: Sequence[npt.ArrayLike],
    rng: np.random.Generator,
    *,
    resamples: int = RESAMPLES,
) -> float:
    """Return the probability that the first point dominates the second, by a paired bootstrap over examples.

    The bootstrap is that of Efron & Tibshirani 1993. Each objective is the mean of its examples' losses. Both points
    are resampled with the same examples, so what both find hard cancels.

    Args:
        first: a block for each set of examples (an axis, usually): losses of shape (n,), or (n, m) for m objectives
            of the same n examples, which are resampled together.
        second: the same blocks of the other point.
        rng: the resampling.
        resamples: how many.

    Raises:
        NotMeasurableError: for fewer than two examples in a block, which tell nothing of others.
        ValueError: for blocks that do not match, or none.
    """
    if not first or len(first) != len(second):
        raise ValueError(f"both have the same blocks of examples, not {len(first)} and {len(second)}")
    pairs = zip(first, second, strict=True)
    differences = np.hstack([_resampled_means(*pair, rng, resamples) for pair in pairs])
    return float(_dominates(differences, np.zeros_like(differences)).mean())


def _resampled_means(
    first: npt.ArrayLike, second: npt.ArrayLike, rng: np.random.Generator, resamples: int
) -> FloatArray:
    """Return means of the differences over resampled examples, shape (resamples, m)."""
    first_losses, second_losses = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if first_losses.shape != second_losses.shape:
        raise ValueError(
            f"paired losses are of the same examples, not of shapes {first_losses.shape} and {second_losses.shape}"
        )
    if len(first_losses) < 2:  # noqa: PLR2004 - a pair to resample
        raise NotMeasurableError(f"dominance over examples needs at least 2 of them, not {len(first_losses)}")
    differences = (first_losses - second_losses).reshape(len(first_losses), -1)
    if not np.isfinite(differences).all():
        raise ValueError("losses of examples are finite")
    n = len(differences)
    shares = np.full(n, 1 / n)
    batches = [
        min(size, resamples - size * i) for size in [max(1, _AT_ONCE // n)] for i in range(-(-resamples // size))
    ]
    return np.vstack([rng.multinomial(n, shares, size=batch) @ differences / n for batch in batches])


def draw_points(points: Sequence[Point], rng: np.random.Generator, draws: int) -> FloatArray:
    """Draw points, shape (n, draws, k): each objective from two half normals (see `probability_dominated`)."""
    if len({len(point) for point in points}) > 1:
        raise ValueError("points to be compared have the same objectives")
    k = len(points[0]) if points else 0
    ends = np.array([[(each.value, each.low, each.high) for each in point] for point in points], dtype=np.float64)
    value, low, high = np.moveaxis(ends.reshape(len(points), 1, k, 3), -1, 0)
    normal = rng.standard_normal((len(points), draws, k))
    return np.asarray(value + normal / QUANTILE * np.where(normal < 0, value - low, high - value))


def _dominates(first: FloatArray, second: FloatArray) -> npt.NDArray[np.bool_]:
    """Return for each draw whether the first, shape (draws, k), is no worse on every objective and better on one."""
    return np.asarray((first <= second).all(axis=-1) & (first < second).any(axis=-1))
