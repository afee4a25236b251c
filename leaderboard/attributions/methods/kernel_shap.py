"""KernelSHAP: Shapley values by a weighted linear regression on sampled sets of units."""

import numpy as np

from leaderboard.attributions.method import Attribution, AttributionMethod
from leaderboard.attributions.perturbations import Forward, surrogate_weights
from leaderboard.attributions.text_units import TextUnits

_SAMPLES = 512


class KernelShap(AttributionMethod):
    """Estimate Shapley values: the mean change of the answer when a unit joins a random set of others.

    They sum to the difference between the text and one without words. Sets are drawn with the Shapley kernel, 2 units +
    512 of them.
    """

    name = "kernel_shap"
    source = "Lundberg & Lee 2017; computed by captum"
    sampled = True
    caveat = "Another seed draws other sets, so that values differ between seeds."

    def attribute(self, text: TextUnits, seed: int) -> Attribution:
        """Return the estimated Shapley value of each unit."""
        before, units = text.passes, len(text)
        if units == 1:  # nothing to fit: the unit is there or not
            return Attribution(np.array([text.whole - text.empty]), text.passes - before)
        values = surrogate_weights(_kernel_shap, text, samples=2 * units + _SAMPLES, seed=seed)
        error = abs(float(values.sum()) - (text.whole - text.empty))
        return Attribution(values, text.passes - before, error)

    def most_passes(self, units: int) -> int:
        """Return the number of sets that are drawn, or that of different sets if it is smaller."""
        return min(2 * units + _SAMPLES, 1 << min(units, 30))


def _kernel_shap(forward: Forward) -> object:
    from captum.attr import KernelShap as CaptumKernelShap  # noqa: PLC0415 - slow to import

    return CaptumKernelShap(forward)
