"""LoRA: low-rank matrices beside the weights of a frozen body, and a fresh head, are trained; then they are merged."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from leaderboard.models.subject import Subject
from leaderboard.recipes.names import RecipeName
from leaderboard.recipes.preparation import Preparation
from leaderboard.recipes.trained import TrainedInTurn

if TYPE_CHECKING:
    from leaderboard.recipes.fresh_head import Adapters


class Lora(TrainedInTurn):
    """Hu et al. 2022: every linear layer of the body gets a product of two thin matrices, the head is trained whole.

    Attributes:
        learning_rate: higher than for whole weights, since the matrices start at zero.
        rank: columns of the thin matrices.
        alpha: their product is scaled by alpha / rank.
        adapter_dropout: on what goes into them.
    """

    recipe: Literal[RecipeName.LORA] = RecipeName.LORA
    learning_rate: Annotated[float, Field(gt=0, lt=1)] = 5e-4
    rank: Annotated[int, Field(ge=1)] = 8
    alpha: Annotated[int, Field(ge=1)] = 16
    adapter_dropout: Annotated[float, Field(ge=0, lt=1)] = 0.05

    @property
    def adapters(self) -> "Adapters":
        """The matrices as they were asked for."""
        from leaderboard.recipes.fresh_head import Adapters  # noqa: PLC0415 - slow to import

        return Adapters(self.rank, self.alpha, self.adapter_dropout)

    def make(self, preparation: Preparation) -> Subject:
        """The trained model, loaded from its folder."""
        from leaderboard.recipes.adapting import adapted  # noqa: PLC0415 - slow to import

        return adapted(self, preparation)
