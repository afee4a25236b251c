"""Counterfactual augmentation: the training data also gets copies of texts about another group."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from leaderboard.axes.axis import Axis
from leaderboard.data.examples import TextExample
from leaderboard.mitigations.copies import changed_copies
from leaderboard.mitigations.counterfactual.group_swapping import swap_groups
from leaderboard.mitigations.dp_sgd import LEARNED_TWICE, DpSgd
from leaderboard.mitigations.draws import is_chosen
from leaderboard.mitigations.levers import Searched
from leaderboard.mitigations.ranges import Real
from leaderboard.mitigations.stages import CopyMitigation

if TYPE_CHECKING:
    from leaderboard.training.preparation import Preparation

_NAME = "counterfactual"
"""Name of the random draw, and suffix of the ids of the copies."""


class CounterfactualAugmentation(CopyMitigation):
    """Add copies of training texts with the group exchanged (counterfactual data augmentation).

    Attributes:
        counterfactual_share: share of the examples naming a group that get a copy with the group exchanged (Lu et al.
            2020).
    """

    name = "counterfactual"
    axes = (Axis.BIAS,)
    source = "Lu et al. 2020, Gender Bias in Neural Natural Language Processing"
    excludes = ((DpSgd, LEARNED_TWICE),)
    always_recorded = True

    counterfactual_share: Annotated[
        float,
        Field(ge=0, le=1),
        Searched(Real(low=0, high=1, half_off=True), "of texts whose groups are exchanged"),
    ] = 0.0

    def copies(self, examples: Sequence[TextExample], preparation: "Preparation") -> list[TextExample]:
        """Return a copy of each chosen example that names a group."""
        seed = preparation.seed
        chosen = [each for each in examples if is_chosen(self.counterfactual_share, seed, _NAME, each.id)]
        return changed_copies(chosen, _NAME, lambda _, text: swap_groups(text))
