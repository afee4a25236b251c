"""Agreement between methods: whether they explain a text by the same words."""

from abc import abstractmethod
from collections.abc import Mapping
from itertools import combinations
from typing import Any, ClassVar

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.axes.explainability import METHOD_AGREEMENT, TOP_AGREEMENT
from leaderboard.axes.explainability.checks.check import Check, attributions_of
from leaderboard.axes.explainability.checks.rank_correlation import kendall, top_overlap
from leaderboard.axes.metric import Metric


class AgreementCheck(Check):
    """Mean over pairs of methods; the part of a method is the mean over its pairs with all others.

    Of a pair of which one method has no sign (attention), magnitudes are compared.
    """

    unmeasured: ClassVar[str] = "no text was explained by two methods"

    @abstractmethod
    def agreement(self, first: FloatArray, second: FloatArray) -> float:
        """Return the agreement of two explanations, each of shape (units,)."""

    def scores(self, data: Mapping[str, Any]) -> Mapping[str, float]:
        """Return the mean agreement of each method with the others, and that of all pairs."""
        values, unsigned = attributions_of(data), set(data["unsigned"])
        pairs = {}
        for pair in combinations(values, 2):
            first, second = (values[name] for name in pair)
            is_signed = unsigned.isdisjoint(pair)
            pairs[pair] = self.agreement(first, second) if is_signed else self.agreement(np.abs(first), np.abs(second))
        if not pairs:
            return {}
        means = {name: [score for pair, score in pairs.items() if name in pair] for name in values}
        return {"": float(np.mean(list(pairs.values())))} | {
            name: float(np.mean(scores)) for name, scores in means.items()
        }


class MethodAgreementCheck(AgreementCheck):
    """Kendall's τ-b of the attributions of two methods."""

    metric: ClassVar[Metric] = METHOD_AGREEMENT

    def agreement(self, first: FloatArray, second: FloatArray) -> float:
        """Return τ-b, between -1 and 1."""
        return kendall(first, second)


class TopAgreementCheck(AgreementCheck):
    """Jaccard index of the quarter of the units that two methods rank first."""

    metric: ClassVar[Metric] = TOP_AGREEMENT

    def agreement(self, first: FloatArray, second: FloatArray) -> float:
        """Return the Jaccard index, between 0 and 1."""
        return top_overlap(first, second)
