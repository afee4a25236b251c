"""Gradient × input: the gradient of the answer by the embeddings, times the embeddings."""

from leaderboard.attributions.method import Attribution, AttributionMethod
from leaderboard.attributions.text_units import TextUnits


class GradientXInput(AttributionMethod):
    """Multiply the gradient of the explained number by each embedding with the embedding, and sum over the unit."""

    name = "gradient_x_input"
    source = "Shrikumar et al. 2016; Denil et al. 2014"
    caveat = "Where a LayerNorm follows the embeddings (BERT), their length has no effect, and this is close to random."

    def attribute(self, text: TextUnits, seed: int) -> Attribution:  # noqa: ARG002 - nothing is random
        """Return gradient × input of each unit."""
        gradients = text.gradients()
        return Attribution(text.by_unit(gradients.values), gradients.passes)

    def most_passes(self, units: int) -> int:  # noqa: ARG002 - the same for all texts
        """Return one pass, with its backward pass, for an answer with two classes.

        Of more classes, a likely one takes a pass for each other class.
        """
        return 1
