"""Resampled statistics: a statistic as a function of how often each example counts, as a bootstrap needs it.

Two subjects that answered the same examples are compared on the same resamples, so that common variation cancels.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

import numpy as np
import numpy.typing as npt

from leaderboard.arrays import FloatArray

RESAMPLES = 2000
_CELLS = 4_000_000
"""Size of one batch (resamples × examples): 32 MB."""
_KEPT_CELLS = 1_000_000
"""Size (resamples × examples) up to which resamples are cached for the next statistic: 8 MB."""


def resamples(n: int, *, seed: int = 0, width: int = 0) -> Iterator[FloatArray]:
    """Yield how often each of n units counts in each of `RESAMPLES` resamples of n units.

    Args:
        n: number of units, at least one.
        seed: seed of the draws, which are those of `intervals.bootstrap` with the same seed.
        width: width of the rows that the caller makes of these, where it is larger than n.

    Yields:
        Read-only batches of shape (m, n), each at most 32 MB.
    """
    if RESAMPLES * max(n, width) <= _KEPT_CELLS:
        yield _all_resamples(n, seed)
        return
    rng = np.random.default_rng(seed)
    for rows in batch_sizes(max(n, width)):
        yield _drawn(rng, n, rows)


def batch_sizes(width: int) -> Iterator[int]:
    """Yield the sizes of batches of `RESAMPLES` rows of this width, each at most 32 MB."""
    size = max(1, min(RESAMPLES, _CELLS // width))
    for start in range(0, RESAMPLES, size):
        yield min(size, RESAMPLES - start)


@lru_cache(maxsize=4)
def _all_resamples(n: int, seed: int) -> FloatArray:
    """Draw all resamples in one batch, cached for the next statistic of the same examples."""
    return _drawn(np.random.default_rng(seed), n, RESAMPLES)


def _drawn(rng: np.random.Generator, n: int, m: int) -> FloatArray:
    """Draw how often each of n units counts in each of m resamples, shape (m, n)."""
    drawn = rng.integers(0, n, (m, n)) + n * np.arange(m)[:, None]
    times = np.bincount(drawn.ravel(), minlength=m * n).reshape(m, n).astype(np.float64)
    times.flags.writeable = False
    return times


@dataclass(frozen=True, slots=True)
class Resampled:
    """A statistic of n examples.

    Attributes:
        ids: distinct ids of the examples, shape (n,).
        value: maps how often each example counts, shape (m, n), to the statistic, shape (m,); NaN where undefined.
        scores: shape (n,), where the statistic is their mean; None for any other (F1, area under a curve).
        clusters: a key for each example; examples of one key are resampled together. Empty where all are independent.
    """

    ids: tuple[str, ...]
    value: Callable[[FloatArray], FloatArray]
    scores: FloatArray | None = None
    clusters: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(set(self.ids)) != len(self.ids):
            raise ValueError("an example comes twice")
        if self.clusters and len(self.clusters) != len(self.ids):
            raise ValueError(f"{len(self.ids)} examples have as many clusters, not {len(self.clusters)}")
        if self.scores is not None and len(self.scores) != len(self.ids):
            raise ValueError(f"{len(self.ids)} examples have as many scores, not {len(self.scores)}")

    @classmethod
    def mean(cls, ids: Sequence[str], scores: npt.ArrayLike, clusters: Sequence[str] = ()) -> Self:
        """Return the mean of one score for each example."""
        each = np.asarray(scores, dtype=np.float64)

        def value(times: FloatArray) -> FloatArray:
            with np.errstate(invalid="ignore", divide="ignore"):  # 0/0 where nothing counts: undefined
                return np.asarray(times @ each / times.sum(axis=1))

        return cls(tuple(ids), value, each, tuple(clusters))

    @classmethod
    def of_sums(
        cls,
        ids: Sequence[str],
        statistic: Callable[[FloatArray], FloatArray],
        rows: npt.ArrayLike,
        clusters: Sequence[str] = (),
    ) -> Self:
        """Return a statistic of column sums, where each row is weighted by how often its example counts.

        Args:
            ids: ids of the examples, shape (n,).
            statistic: maps sums, shape (m, k), to values, shape (m,); 0/0 is NaN, without a warning.
            rows: shape (n, k).
            clusters: a key for each example, as in `Resampled`.
        """
        columns = np.asarray(rows, dtype=np.float64)

        def value(times: FloatArray) -> FloatArray:
            with np.errstate(invalid="ignore", divide="ignore"):
                return np.asarray(statistic(times @ columns))

        return cls(tuple(ids), value, clusters=tuple(clusters))
