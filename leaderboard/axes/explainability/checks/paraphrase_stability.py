"""Paraphrase stability: whether a text and a small paraphrase of it are explained by the same words."""

from typing import ClassVar

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.attributions.method import AttributionMethod
from leaderboard.axes.explainability import PARAPHRASE_STABILITY
from leaderboard.axes.explainability.checks.check import VariantCheck
from leaderboard.axes.explainability.checks.rank_correlation import kendall
from leaderboard.axes.explainability.checks.text_variants import TextVariants
from leaderboard.axes.metric import Metric


class ParaphraseStabilityCheck(VariantCheck):
    """Kendall's τ-b of the attributions of a text and of its paraphrase, whose words correspond one to one.

    The class predicted for the text is explained for both. See `data.perturbations.rewording` for the paraphrase.
    """

    metric: ClassVar[Metric] = PARAPHRASE_STABILITY
    key: ClassVar[str] = "reworded"
    unmeasured: ClassVar[str] = "no text was explained together with its paraphrase"

    def explain(self, text: TextVariants, method: AttributionMethod) -> list[FloatArray]:
        """Return the attributions of the paraphrase."""
        return [method.checked(text.reworded, text.seeds[0]).values]

    def compare(self, values: FloatArray, variants: list[FloatArray]) -> float:
        """Return τ-b, between -1 and 1."""
        return float(np.mean([kendall(values, variant) for variant in variants]))
