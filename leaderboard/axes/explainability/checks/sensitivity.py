"""Sensitivity-max: the largest change of an explanation by small noise on the embeddings."""

from typing import ClassVar

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.attributions.method import AttributionMethod
from leaderboard.axes.explainability import SENSITIVITY_MAX
from leaderboard.axes.explainability.checks.check import VariantCheck
from leaderboard.axes.explainability.checks.text_variants import TextVariants
from leaderboard.axes.metric import Metric


class SensitivityCheck(VariantCheck):
    """max over draws of δ of ‖a(x + δ) - a(x)‖ / ‖a(x)‖, with |δ| ≤ r for each number (Yeh et al. 2019).

    The norm is Euclidean, and that of an explanation of zeros counts as 1, as in captum's `sensitivity_max`. The noise
    is on the embeddings, so that methods that remove words are measured by the same noise as gradients.
    """

    metric: ClassVar[Metric] = SENSITIVITY_MAX
    key: ClassVar[str] = "embedding_noise"
    unmeasured: ClassVar[str] = "no text was explained with noise on its embeddings"

    def explain(self, text: TextVariants, method: AttributionMethod) -> list[FloatArray]:
        """Return the attributions for each noise."""
        return [method.checked(units, text.seeds[0]).values for units in text.of_noises]

    def compare(self, values: FloatArray, variants: list[FloatArray]) -> float:
        """Return the largest relative change, at least 0."""
        norm = float(np.linalg.norm(values)) or 1.0
        return max(float(np.linalg.norm(variant - values)) for variant in variants) / norm
