"""Resampled: a number of a sample as a function of how often each example counts, which is what a bootstrap turns.

Two subjects that answered the same examples are compared on resamples that both share: what both find hard cancels.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


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
