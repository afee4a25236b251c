"""Integrated gradients: gradients along the line from a text without its words to the text."""

from leaderboard.attributions.method import Attribution, AttributionMethod
from leaderboard.attributions.text_units import TextUnits

_MOST_PASSES = 2 + 16 + 32 + 64 + 128 + 256
"""Both ends of the line, and the points of each doubling."""


class IntegratedGradients(AttributionMethod):
    """Integrate gradients along the line from a baseline to the text; the values sum to the difference in log-odds.

    The baseline has the embedding of the mask token in the place of each token of a word, or zeros where a model has no
    mask token. The number of points is doubled until the completeness error is below 5 % of the difference, or 256; the
    error is reported. For a prompt with several choices, each point is one pass for each choice.
    """

    name = "integrated_gradients"
    source = "Sundararajan et al. 2017"
    caveat = "Values depend on the baseline, which is unlike the texts that a model was trained on."

    def attribute(self, text: TextUnits, seed: int) -> Attribution:  # noqa: ARG002 - nothing is random
        """Return the integrals of each unit, with the completeness error."""
        integrals = text.integrals()
        return Attribution(text.by_unit(integrals.values), integrals.passes, integrals.error)

    def most_passes(self, units: int) -> int:  # noqa: ARG002 - the same for all texts
        """Return the passes of all doublings, for an answer that is read from one row."""
        return _MOST_PASSES
