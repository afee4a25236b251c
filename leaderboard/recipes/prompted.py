"""Prompted: what recipes share that ask a model in words."""

from typing import Annotated

from pydantic import Field

from leaderboard.recipes.recipe import Recipe
from leaderboard.recipes.wording import WORDINGS, Prefix


class Prompted(Recipe):
    """What recipes share that train nothing and ask a causal model in words.

    Attributes:
        template: 0 puts the question as the task does; 1 and on are other wordings, which answer with the names of the
            labels.
        prefix: what is said before everything: nothing, an `instruction` made of the task's labels, or the demand to be
            `fair` (Ganguli et al. 2023).
    """

    template: Annotated[int, Field(ge=0, le=len(WORDINGS))] = 0
    prefix: Prefix = Prefix.NONE

    @property
    def changes_model(self) -> bool:
        """Whether anything is asked otherwise than the task asks it."""
        return self.template > 0 or self.prefix is not Prefix.NONE

    @property
    def asks_in_words(self) -> bool:
        """It does."""
        return True
