"""LoRA: low-rank adapters of a frozen body and a fresh head are trained, and merged afterwards."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from leaderboard.backends.subject import Subject
from leaderboard.recipes.composition import composed
from leaderboard.recipes.trained_recipe import SequentialRecipe
from leaderboard.training.preparation import Preparation

if TYPE_CHECKING:
    from leaderboard.recipes.fresh_head import AdapterSettings


@composed
class Lora(SequentialRecipe):
    """Train low-rank adapters of every linear layer of the body, and a fresh head (Hu et al. 2022).

    Attributes:
        learning_rate: peak learning rate of AdamW; higher than for all weights, since adapters start at zero.
        rank: rank of the adapters.
        alpha: scale of the adapters, divided by their rank.
        adapter_dropout: dropout of the inputs of the adapters.
    """

    recipe: Literal["lora"] = "lora"
    learning_rate: Annotated[float, Field(gt=0, lt=1)] = 5e-4
    rank: Annotated[int, Field(ge=1)] = 8
    alpha: Annotated[int, Field(ge=1)] = 16
    adapter_dropout: Annotated[float, Field(ge=0, lt=1)] = 0.05

    @property
    def adapters(self) -> "AdapterSettings":
        """Return the settings of the adapters."""
        from leaderboard.recipes.fresh_head import AdapterSettings  # noqa: PLC0415 - slow to import

        return AdapterSettings(self.rank, self.alpha, self.adapter_dropout)

    def make(self, preparation: Preparation) -> Subject:
        """Train the model and return it, loaded from its folder."""
        from leaderboard.recipes.trained_subjects import prepare_trained  # noqa: PLC0415 - slow to import

        return prepare_trained(self, preparation)
