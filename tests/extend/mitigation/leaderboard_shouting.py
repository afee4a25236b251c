"""Shouting: copies of texts in capital letters are learned from too, so that capitals change no answer."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from leaderboard.axes import Axis
from leaderboard.data import TextExample
from leaderboard.mitigations import (
    LEARNED_TWICE,
    CopyMitigation,
    DpSgd,
    Real,
    Searched,
    changed_copies,
    is_chosen,
)

if TYPE_CHECKING:
    from leaderboard.training import Preparation


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
