"""Fine-tune: all weights of a model, and a fresh head, trained on a task or on several in turn."""

from typing import Literal

from leaderboard.models.subject import Subject
from leaderboard.recipes.names import RecipeName
from leaderboard.recipes.preparation import Preparation
from leaderboard.recipes.trained import TrainedInTurn


class Finetune(TrainedInTurn):
    """All weights are trained, with the settings of Devlin et al. 2019 unless others are given."""

    recipe: Literal[RecipeName.FINETUNE] = RecipeName.FINETUNE

    def make(self, preparation: Preparation) -> Subject:
        """The trained model, loaded from its folder."""
        from leaderboard.recipes.adapting import adapted  # noqa: PLC0415 - slow to import

        return adapted(self, preparation)
