"""Prior: predicts the class shares of the training split for every text."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from leaderboard.recipes import UNCHANGED, Recipe, composed

if TYPE_CHECKING:
    from leaderboard.backends import Subject
    from leaderboard.training import Preparation


@composed
class Prior(Recipe):
    """Predict the class shares of the training split, whatever the text.

    Attributes:
        smoothing: added to the count of each class.
    """

    changes_model: ClassVar[bool] = True
    without_weights: ClassVar[str] = UNCHANGED

    recipe: Literal["prior"] = "prior"
    smoothing: Annotated[float, Field(gt=0)] = 1.0

    def make(self, preparation: "Preparation") -> "Subject":
        """Return the model with a classifier that does not use it."""
        from leaderboard_prior.prepare import prepare_prior

        return prepare_prior(self, preparation)
