"""The Pareto front and its hypervolume. Every objective is minimized.

    front(losses)                      the points that no other dominates
    layers(losses)                     0 for those, 1 for those only they dominate, …
    hypervolume(losses, reference)     what the points dominate, up to the reference
    contributions(losses, reference)   what each adds to it
    history(losses, reference)         what the first 1, 2, … of them dominate

One point dominates another when it is no worse on any objective and better on one: duplicates share a front.
Computed by moocore (López-Ibáñez; hypervolume of Fonseca, Paquete & López-Ibáñez 2006).
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from leaderboard.arrays import FloatArray, IntArray

Points = npt.ArrayLike | Sequence[Sequence[float]]
"""Shape (n, k), finite."""


def front(losses: Points) -> IntArray:
    """Return indices of the points that no other dominates, ascending, with all duplicates.

    Raises:
        ValueError: for points that are not finite.
    """
    return np.flatnonzero(layers(losses) == 0)


def layers(losses: Points) -> IntArray:
    """Return the Pareto layer of each point: 0 for the front, then of what each front leaves (Goldberg 1989).

    Returns:
        Shape (n,); duplicates share a layer.

    Raises:
        ValueError: for points that are not finite.
    """
    import moocore  # noqa: PLC0415 - slow to import

    points = _checked(losses)
    if len(points) == 0:
        return np.zeros(0, dtype=np.intp)
    return np.asarray(moocore.pareto_rank(points), dtype=np.intp)


def hypervolume(losses: Points, reference: npt.ArrayLike) -> float:
    """Return the volume that the points dominate, bounded by a reference point (Zitzler & Thiele 1998).

    A point that is not better than the reference on every objective adds nothing. Comparable for the same reference
    alone, which is why a study records its own.

    Args:
        losses: shape (n, k); no points have no volume.
        reference: shape (k,), worse than all that matters.

    Raises:
        ValueError: for numbers that are not finite, or a reference of another size.
    """
    import moocore  # noqa: PLC0415 - slow to import

    points, corner = _bounded(losses, reference)
    return float(moocore.hypervolume(points, corner)) if len(points) else 0.0


def contributions(losses: Points, reference: npt.ArrayLike) -> FloatArray:
    """Return what each point adds to the hypervolume: what the front loses without it.

    Points that are dominated add nothing and hide nothing: what only one point of the front and dominated ones cover is
    that point's. Of duplicates none is missed, so each has 0.

    Returns:
        Shape (n,). Together no more than the hypervolume.

    Raises:
        ValueError: as for `hypervolume`.
    """
    import moocore  # noqa: PLC0415 - slow to import

    points, corner = _bounded(losses, reference)
    return np.asarray(moocore.hv_contributions(points, corner)) if len(points) else np.zeros(0)


def history(losses: Points, reference: npt.ArrayLike) -> FloatArray:
    """Return the hypervolume after each point, in the order of the points; it never falls.

    Returns:
        Shape (n,).

    Raises:
        ValueError: as for `hypervolume`.
    """
    points, corner = _bounded(losses, reference)
    volumes = np.zeros(len(points))
    nondominated = points[:0]
    for place, point in enumerate(points):
        nondominated = np.vstack([nondominated, point])
        nondominated = nondominated[front(nondominated)]  # the dominated ones change nothing, and cost
        volumes[place] = hypervolume(nondominated, corner)
    return np.maximum.accumulate(volumes)  # against the order of additions


def _checked(losses: Points) -> FloatArray:
    """Return the points as shape (n, k) with k ≥ 2: a constant second objective changes no dominance."""
    points = np.asarray(losses, dtype=np.float64)
    if points.size == 0:
        return np.zeros((0, 2))
    if points.ndim != 2:  # noqa: PLR2004 - a table
        raise ValueError(f"points are rows of objectives, shape (n, k), not {points.shape}")
    if not np.isfinite(points).all():
        raise ValueError("a point with an objective that is not a finite number has no place on a front")
    return points if points.shape[1] > 1 else np.column_stack([points, np.zeros(len(points))])


def _bounded(losses: Points, reference: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return points and reference with k ≥ 2: a constant second objective at distance 1 changes no volume."""
    points, corner = _checked(losses), np.asarray(reference, dtype=np.float64).ravel()
    if not corner.size or not np.isfinite(corner).all():
        raise ValueError(f"a reference point has finite objectives, not {corner.tolist()}")
    if corner.size == 1:
        corner = np.append(corner, 1.0)
    if len(points) and points.shape[1] != corner.size:
        raise ValueError(f"the reference has {corner.size} objectives and the points have {points.shape[1]}")
    return points, corner
