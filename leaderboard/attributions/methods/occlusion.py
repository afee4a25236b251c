"""Occlusion: the change of the answer when one unit is removed."""

import numpy as np

from leaderboard.attributions.method import Attribution, AttributionMethod
from leaderboard.attributions.text_units import TextUnits


class Occlusion(AttributionMethod):
    """Remove each unit alone; its value is by how much the explained number falls (leave-one-out)."""

    name = "occlusion"
    source = "Zeiler & Fergus 2014; Li et al. 2016"
    caveat = "Of two units that say the same, either may be removed without effect."

    def attribute(self, text: TextUnits, seed: int) -> Attribution:  # noqa: ARG002 - nothing is random
        """Return the fall of the explained number without each unit."""
        before = text.passes
        scores = text.scores(np.concatenate([np.ones((1, len(text))), 1 - np.eye(len(text))]))
        return Attribution(scores[0] - scores[1:], text.passes - before)

    def most_passes(self, units: int) -> int:
        """Return one for each unit, and one for the whole text."""
        return units + 1
