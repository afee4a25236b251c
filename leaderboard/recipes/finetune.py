"""Fine-tune: the weights of a model, and a fresh head, trained on a task or on several in turn."""

from typing import Annotated, Literal

from pydantic import Field

from leaderboard.models.subject import Subject
from leaderboard.recipes.names import RecipeName
from leaderboard.recipes.preparation import Preparation
from leaderboard.recipes.trained import TrainedInTurn


class Finetune(TrainedInTurn):
    """All weights are trained, with the settings of Devlin et al. 2019 unless others are given.

    Attributes:
        unfrozen_layers: of the body that are trained, from the last one down, beside the pooler and the head; 0 trains
            these alone, None everything.
    """

    recipe: Literal[RecipeName.FINETUNE] = RecipeName.FINETUNE
    unfrozen_layers: Annotated[int | None, Field(ge=0)] = None

    @property
    def trained_layers(self) -> int | None:
        """As many as were asked for."""
        return self.unfrozen_layers

    def make(self, preparation: Preparation) -> Subject:
        """The trained model, loaded from its folder."""
        from leaderboard.recipes.adapting import adapted  # noqa: PLC0415 - slow to import

        return adapted(self, preparation)
