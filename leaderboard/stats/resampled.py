"""Resampled: a number of a sample as a function of how often each example counts, which is what a bootstrap turns.

Two subjects that answered the same examples are compared on resamples that both share: what both find hard cancels.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
RESAMPLES = 2000
_CELLS = 4_000_000
"""Of one batch of resamples × examples: 32 MB."""
_KEPT_CELLS = 1_000_000
"""Resamples × examples up to which they are kept for the next number: 8 MB."""


def resamples(n: int, *, seed: int = 0, width: int = 0) -> Iterator[FloatArray]:
    """How often each of n units counts in each of `RESAMPLES` resamples of n, every unit alike likely.

    Args:
        n: units, at least one.
        seed: seed of the draws, which are those of `intervals.bootstrap` with the same seed.
        width: how wide a row is that the caller makes of one, where it is wider than n.

    Yields:
        Batches of shape (m, n), each small enough for the memory of any machine; they cannot be written to.
    """
    if RESAMPLES * max(n, width) <= _KEPT_CELLS:
        yield _all_resamples(n, seed)
        return
    rng = np.random.default_rng(seed)
    for rows in batches(max(n, width)):
        yield _drawn(rng, n, rows)


def batches(width: int) -> Iterator[int]:
    """How many of the `RESAMPLES` are made at once, where each has so many numbers: what fits into any memory."""
    size = max(1, min(RESAMPLES, _CELLS // width))
    for start in range(0, RESAMPLES, size):
        yield min(size, RESAMPLES - start)


@lru_cache(maxsize=4)
def _all_resamples(n: int, seed: int) -> FloatArray:
    """In one batch, kept for the next number of the same examples: drawing takes longer than all that follows."""
    return _drawn(np.random.default_rng(seed), n, RESAMPLES)


def _drawn(rng: np.random.Generator, n: int, m: int) -> FloatArray:
    """How often each of n units counts in each of m resamples, shape (m, n)."""
    drawn = rng.integers(0, n, (m, n)) + n * np.arange(m)[:, None]
    times = np.bincount(drawn.ravel(), minlength=m * n).reshape(m, n).astype(np.float64)
    times.flags.writeable = False
    return times


@dataclass(frozen=True, slots=True)
class Resampled:
    """A number of n examples.

    Attributes:
        ids: of the examples, distinct, shape (n,).
        value: from how often each counts, shape (m, n), to the number, shape (m,); NaN where it is undefined.
        scores: shape (n,), where the number is their mean; None where it is none (F1, an area under a curve).
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
        """The mean of one score an example, weighted by how often each counts."""
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
        """A statistic of the sums of columns, each row weighted by how often its example counts.

        Args:
            ids: of the examples, shape (n,).
            statistic: from sums, shape (m, k), to values, shape (m,); what is 0/0 is NaN, without a warning.
            rows: shape (n, k).
            clusters: see `Resampled`.
        """
        columns = np.asarray(rows, dtype=np.float64)

        def value(times: FloatArray) -> FloatArray:
            with np.errstate(invalid="ignore", divide="ignore"):
                return np.asarray(statistic(times @ columns))

        return cls(tuple(ids), value, clusters=tuple(clusters))
