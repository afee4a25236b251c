"""As is: a model that already has a head for the task."""

from typing import TYPE_CHECKING, ClassVar, Literal

from leaderboard.recipes.composition import composed
from leaderboard.recipes.labels import check_names
from leaderboard.recipes.recipe import UNCHANGED, Recipe
from leaderboard.training.preparation import Preparation
from leaderboard.training.target import Target

if TYPE_CHECKING:
    from leaderboard.backends.subject import Subject


@composed
class AsIs(Recipe):
    """Use the model's own head without training, with its class names mapped to the task's labels.

    Attributes:
        labels: mapping from class of the head to label of the task, where names differ; several classes may map to one.
    """

    without_weights: ClassVar[str] = UNCHANGED

    recipe: Literal["as_is"] = "as_is"
    labels: dict[str, str] = {}  # noqa: RUF012 - pydantic copies it

    @property
    def learns(self) -> bool:
        """Return False: nothing is trained."""
        return False

    def check(self, target: Target) -> None:
        """Check the names in `labels` against the classes of the head and the labels of the task."""
        super().check(target)
        if self.labels and target.model.head_labels:
            check_names(self.labels, target.model.head_labels, target.task_labels, name=target.task.name)

    def make(self, preparation: Preparation) -> "Subject":
        """Return the model with its own head."""
        from leaderboard.recipes.as_is.prepare import prepare_as_is  # noqa: PLC0415 - slow to import

        return prepare_as_is(self, preparation)
