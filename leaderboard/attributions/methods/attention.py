"""Attention: the attention of the last layer to each word."""

from leaderboard.attributions.attention_rows import attention_by_word
from leaderboard.attributions.method import Attribution, AttributionMethod
from leaderboard.attributions.text_units import TextUnits


class Attention(AttributionMethod):
    """Show the attention of the last layer, as a mean over heads, of the tokens that the answer is read from."""

    name = "attention"
    source = "Bahdanau et al. 2015; Jain & Wallace 2019"
    caveat = "Attention is not an explanation (Jain & Wallace 2019): it has no sign, and need not change the answer."
    signed = False
    additive = False

    def attribute(self, text: TextUnits, seed: int) -> Attribution:  # noqa: ARG002 - nothing is random
        """Return the attention to each unit, between 0 and 1."""
        attention = text.attention()
        return Attribution(text.by_unit(attention_by_word(attention, attention.layers[-1])), passes=1)

    def most_passes(self, units: int) -> int:  # noqa: ARG002 - the same for all texts
        """Return one pass."""
        return 1
