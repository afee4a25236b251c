"""Ensemble: several subjects of one recipe with different seeds, whose probabilities are averaged."""

from dataclasses import replace
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from leaderboard.backends.subject import Subject
from leaderboard.recipes.composition import composed
from leaderboard.recipes.member_recipe import MemberRecipe
from leaderboard.training.preparation import Preparation


@composed
class Ensemble(MemberRecipe):
    """Average the probabilities of several members (Lakshminarayanan et al. 2017). Each answer costs all of them.

    Attributes:
        size: number of members; the first has the requested seed, the others the following ones.
    """

    without_weights: ClassVar[str] = "it is several models that answer together, and a folder holds one"

    recipe: Literal["ensemble"] = "ensemble"
    size: Annotated[int, Field(ge=2, le=100)] = 3

    def make(self, preparation: Preparation) -> Subject:
        """Prepare all members and return them as one subject."""
        from leaderboard.recipes.ensemble.prepare import combine_members  # noqa: PLC0415 - slow to import

        seeds = range(preparation.seed, preparation.seed + self.size)
        return combine_members([self.member.prepare(replace(preparation, seed=seed)) for seed in seeds])
