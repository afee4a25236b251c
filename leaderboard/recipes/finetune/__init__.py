"""Fine-tuning: the weights of a model and a fresh head are trained on a task, or on several in turn."""

from typing import Annotated, Literal

from pydantic import Field

from leaderboard.backends.subject import Subject
from leaderboard.recipes.composition import composed
from leaderboard.recipes.trained_recipe import SequentialRecipe
from leaderboard.training.preparation import Preparation
from leaderboard.training.setting_checks import check_unfrozen_layers
from leaderboard.training.target import Target


@composed
class Finetune(SequentialRecipe):
    """Train all weights and a fresh head, by default with the settings of Devlin et al. 2019.

    Attributes:
        unfrozen_layers: number of layers of the body that are trained, from the last one down, with the pooler and the
            head; 0 trains only these, None everything.
    """

    recipe: Literal["finetune"] = "finetune"
    unfrozen_layers: Annotated[int | None, Field(ge=0)] = None

    @property
    def trained_layers(self) -> int | None:
        """Return the number of trained layers; None for all and the embeddings."""
        return self.unfrozen_layers

    def check(self, target: Target) -> None:
        """Check `unfrozen_layers` against the layers of the model."""
        super().check(target)
        check_unfrozen_layers(self.unfrozen_layers, target.model.layers, name=target.model.name)

    def make(self, preparation: Preparation) -> Subject:
        """Train the model and return it, loaded from its folder."""
        from leaderboard.recipes.trained_subjects import prepare_trained  # noqa: PLC0415 - slow to import

        return prepare_trained(self, preparation)
