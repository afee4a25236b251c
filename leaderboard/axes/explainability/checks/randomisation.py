"""Model-randomisation check: explanations have to change when the weights of the model are drawn again."""

from typing import ClassVar

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.attributions.method import AttributionMethod
from leaderboard.axes.explainability import RANDOMISATION_CORRELATION
from leaderboard.axes.explainability.checks.check import VariantCheck
from leaderboard.axes.explainability.checks.rank_correlation import spearman
from leaderboard.axes.explainability.checks.text_variants import TextVariants
from leaderboard.axes.metric import Metric
from leaderboard.stats.estimate import Estimate

LIMIT = 0.5
"""Correlation from which explanations are taken not to change. Adebayo et al. set no limit and compare curves; at .5 a
quarter of the variance of the ranks is shared."""


class RandomisationCheck(VariantCheck):
    """Spearman's ρ of |a| and |a*|: attributions of the subject, and of its architecture with random weights.

    Magnitudes are compared, since random weights choose the sign of a class at random: an explanation that marks the
    same words with the other sign has not changed. Where it is high, the explanation shows the text and the
    architecture, not what the model has learned (Adebayo et al. 2018, with all layers randomised at once).
    """

    metric: ClassVar[Metric] = RANDOMISATION_CORRELATION
    key: ClassVar[str] = "random_weights"
    unmeasured: ClassVar[str] = "no text was explained for random weights"

    def explain(self, text: TextVariants, method: AttributionMethod) -> list[FloatArray]:
        """Return the attributions for random weights."""
        return [method.checked(text.of_random_weights, text.seeds[0]).values]

    def compare(self, values: FloatArray, variants: list[FloatArray]) -> float:
        """Return the correlation of magnitudes, between -1 and 1; 1 for two constant explanations."""
        return float(np.mean([spearman(np.abs(values), np.abs(variant)) for variant in variants]))


def verdict(estimate: Estimate) -> str:
    """Return PASS where the whole interval of the correlation is below `LIMIT`, FAIL where none of it is.

    INCONCLUSIVE for an interval on both sides, and where there is none.
    """
    if estimate.low is None or estimate.high is None:
        return "INCONCLUSIVE"
    if estimate.high < LIMIT:
        return "PASS"
    return "FAIL" if estimate.low >= LIMIT else "INCONCLUSIVE"
