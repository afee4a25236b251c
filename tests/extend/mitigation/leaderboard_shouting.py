"""Shouting: copies of texts in capital letters are learned from too, so that capitals change no answer."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from leaderboard.axes.axis import Axis
from leaderboard.data.examples import TextExample
from leaderboard.mitigations import CopyMitigation, Real, Searched
from leaderboard.mitigations.copies import changed_copies
from leaderboard.mitigations.dp_sgd import LEARNED_TWICE, DpSgd
from leaderboard.mitigations.draws import is_chosen

if TYPE_CHECKING:
    from leaderboard.training.preparation import Preparation


class Shouting(CopyMitigation):
    """Learn copies of some texts in capital letters.

    Attributes:
        shouted_share: share of the texts that are learned in capital letters too.
    """

    name = "shouting"
    axes = (Axis.OOD,)
    source = "an example of a plug-in"
    excludes = ((DpSgd, LEARNED_TWICE),)

    shouted_share: Annotated[
        float, Field(ge=0, le=1), Searched(Real(low=0, high=1, half_off=True), "of texts learned in capitals too")
    ] = 0.0

    def copies(self, examples: Sequence[TextExample], preparation: "Preparation") -> list[TextExample]:
        """A copy in capital letters of each chosen example."""
        chosen = [each for each in examples if is_chosen(self.shouted_share, preparation.seed, self.name, each.id)]
        return changed_copies(chosen, self.name, lambda _, text: text.upper())
