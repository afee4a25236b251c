"""Attention rollout: the attention of all layers, multiplied."""

import numpy as np

from leaderboard.attributions.attention_rows import attention_by_word
from leaderboard.attributions.method import Attribution, AttributionMethod
from leaderboard.attributions.text_units import TextUnits


class AttentionRollout(AttributionMethod):
    """Multiply the attention of all layers, each mixed half and half with the identity for residual connections."""

    name = "attention_rollout"
    source = "Abnar & Zuidema 2020"
    caveat = "Attention is not an explanation (Jain & Wallace 2019): it has no sign, and need not change the answer."
    signed = False
    additive = False

    def attribute(self, text: TextUnits, seed: int) -> Attribution:  # noqa: ARG002 - nothing is random
        """Return the attention to each unit through all layers, between 0 and 1."""
        attention = text.attention()
        flow = np.eye(attention.layers.shape[-1])
        for layer in attention.layers:
            flow = (0.5 * layer + 0.5 * np.eye(len(layer))) @ flow
        return Attribution(text.by_unit(attention_by_word(attention, flow)), passes=1)

    def most_passes(self, units: int) -> int:  # noqa: ARG002 - the same for all texts
        """Return one pass."""
        return 1
