"""Seed stability: whether a method that draws texts at random explains a text alike with other seeds."""

from itertools import combinations
from typing import ClassVar

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.attributions.method import AttributionMethod
from leaderboard.axes.explainability import SEED_STABILITY
from leaderboard.axes.explainability.checks.check import VariantCheck
from leaderboard.axes.explainability.checks.rank_correlation import kendall
from leaderboard.axes.explainability.checks.text_variants import TextVariants
from leaderboard.axes.metric import Metric


class SeedStabilityCheck(VariantCheck):
    """Mean of Kendall's τ-b over all pairs of seeds; methods that draw nothing have no score."""

    metric: ClassVar[Metric] = SEED_STABILITY
    key: ClassVar[str] = "other_seeds"
    unmeasured: ClassVar[str] = "no method draws texts at random"

    def explain(self, text: TextVariants, method: AttributionMethod) -> list[FloatArray]:
        """Return the attributions with the other seeds; none of a method without seeds."""
        return [method.checked(text.original, seed).values for seed in text.seeds[1:]] if method.sampled else []

    def compare(self, values: FloatArray, variants: list[FloatArray]) -> float:
        """Return the mean τ-b of all pairs, between -1 and 1."""
        return float(np.mean([kendall(*pair) for pair in combinations([values, *variants], 2)]))
