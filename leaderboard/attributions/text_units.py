"""TextUnits: the parts of a text that a method attributes to, with the number that it explains for any of them."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from leaderboard.arrays import FloatArray
from leaderboard.attributions.explained import Explained, WordGradients
from leaderboard.attributions.spans import SpanTree
from leaderboard.backends.classifiers import TokenAttention, WordIntegrals
from leaderboard.backends.finite_scores import require_finite

BoolArray = npt.NDArray[np.bool_]


class TextUnits:
    """Units of a text: its words, or spans of words where there are more than a budget.

    Attributes:
        tree: spans of the text, of which the units are the leaves.
        passes: number of different texts whose answers were computed so far.
    """

    def __init__(self, explained: Explained, *, budget: int) -> None:
        """Divide a text into units.

        Args:
            explained: the explained number of the text, which has at least one word.
            budget: largest number of units.
        """
        self._explained = explained
        self.tree = SpanTree.of_words(explained.words, budget)
        self._cache: dict[bytes, float] = {}
        self._spans = [node.words for node in self.tree.leaves]

    @property
    def spans(self) -> Sequence[range]:
        """Words of each unit, in their order."""
        return self._spans

    @property
    def passes(self) -> int:
        """Number of different texts whose answers were computed so far."""
        return len(self._cache)

    def __len__(self) -> int:
        return len(self.spans)

    def scores(self, kept: npt.ArrayLike) -> FloatArray:
        """Return the explained number for sets of units, shape (sets,); each different set is computed once.

        New sets are answered in one call, so that they fill batches.

        Args:
            kept: whether each unit stays, shape (sets, units).
        """
        sets = np.asarray(kept, dtype=bool).reshape(-1, len(self))
        self.score_together([(self, sets)])
        return np.array([self._cache[row.tobytes()] for row in sets], dtype=np.float64)

    @staticmethod
    def score_together(requests: Sequence[tuple["TextUnits", npt.ArrayLike]]) -> None:
        """Compute the explained numbers of sets of units of several texts in one call, so that `scores` has them.

        Short batches of one text each cost more than batches that several texts fill. The texts may not be of
        different classifiers.

        Args:
            requests: texts, each with sets as `scores` takes them.
        """
        new: dict[int, tuple[TextUnits, dict[bytes, BoolArray]]] = {}
        for text, kept in requests:
            rows = new.setdefault(id(text), (text, {}))[1]
            for row in np.asarray(kept, dtype=bool).reshape(-1, len(text)):
                if row.tobytes() not in text._cache:  # noqa: SLF001 - of the same class
                    rows[row.tobytes()] = row
        waiting = [(text, rows) for text, rows in new.values() if rows]
        if not waiting:
            return
        explained = [(text._explained, [text._words(row) for row in rows.values()]) for text, rows in waiting]  # noqa: SLF001
        scores = type(explained[0][0]).scores_together(explained)
        for (text, rows), values in zip(waiting, scores, strict=True):
            text._cache.update(zip(rows, require_finite(values, "the subject").tolist(), strict=True))  # noqa: SLF001

    @property
    def whole(self) -> float:
        """The explained number for the whole text."""
        return float(self.scores(np.ones((1, len(self))))[0])

    @property
    def empty(self) -> float:
        """The explained number for a text without words."""
        return float(self.scores(np.zeros((1, len(self))))[0])

    def gradients(self) -> WordGradients:
        """Return the gradient × input of each word."""
        return self._explained.gradients()

    def integrals(self) -> WordIntegrals:
        """Return the integrated gradients of each word."""
        return self._explained.integrals()

    def attention(self) -> TokenAttention:
        """Return the attention between the tokens of the text."""
        return self._explained.attention()

    def by_unit(self, values: FloatArray) -> FloatArray:
        """Sum values of words over each unit: shape (words,) to (units,)."""
        return np.array([values[span.start : span.stop].sum() for span in self.spans])

    def _words(self, kept: BoolArray) -> tuple[int, ...]:
        return tuple(word for span, stays in zip(self.spans, kept, strict=True) if stays for word in span)
