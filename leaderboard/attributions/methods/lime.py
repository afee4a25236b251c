"""LIME: a linear model fitted to the answers to texts with random units removed."""

import numpy as np

from leaderboard.attributions.method import Attribution, AttributionMethod
from leaderboard.attributions.perturbations import Forward, surrogate_weights
from leaderboard.attributions.text_units import TextUnits

SAMPLES = 500
KERNEL_WIDTH = 0.25
"""Width of the kernel of the cosine distance, that of the authors' program for texts."""


class Lime(AttributionMethod):
    """Fit a linear model to the answers to texts without a random half of the units; similar texts count more.

    Texts are weighted by an exponential kernel of the cosine distance, as in the authors' program; the linear model has
    no penalty, so that it recovers a linear model.
    """

    name = "lime"
    source = "Ribeiro et al. 2016; computed by captum"
    sampled = True
    caveat = "Another seed draws other texts, so that values differ between seeds."

    def attribute(self, text: TextUnits, seed: int) -> Attribution:
        """Return the weights of the linear model."""
        before = text.passes
        if len(text) == 1:  # nothing to fit: the unit is there or not
            return Attribution(np.array([text.whole - text.empty]), text.passes - before)
        return Attribution(surrogate_weights(_lime, text, samples=SAMPLES, seed=seed), text.passes - before)

    def most_passes(self, units: int) -> int:
        """Return the number of samples, or that of different texts if it is smaller."""
        return min(SAMPLES, 1 << min(units, 30))


def _lime(forward: Forward) -> object:
    from captum._utils.models.linear_model import SkLearnLinearRegression  # noqa: PLC0415 - slow to import
    from captum.attr import Lime as CaptumLime  # noqa: PLC0415 - as above
    from captum.attr._core.lime import get_exp_kernel_similarity_function  # noqa: PLC0415 - as above

    similarity = get_exp_kernel_similarity_function("cosine", kernel_width=KERNEL_WIDTH)
    return CaptumLime(forward, interpretable_model=SkLearnLinearRegression(), similarity_func=similarity)
