"""Zero-shot: the model as it is, asked by a prompt where it can continue text."""

from typing import Literal

from leaderboard.models.loaded import ModelKind
from leaderboard.models.subject import Subject
from leaderboard.recipes.names import RecipeName
from leaderboard.recipes.preparation import Preparation
from leaderboard.recipes.prompted import Prompted
from leaderboard.recipes.wording import opening


class ZeroShot(Prompted):
    """Nothing is trained. A causal model classifies by which choice it would rather continue the prompt with."""

    recipe: Literal[RecipeName.ZERO_SHOT] = RecipeName.ZERO_SHOT

    @property
    def learns(self) -> bool:
        """It does not."""
        return False

    def make(self, preparation: Preparation) -> Subject:
        """The model with the task's prompt; one that is asked nothing in words is left as it is.

        Raises:
            NotMeasurableError: where something was to be asked otherwise, and nothing is asked in words.
        """
        from leaderboard.recipes.prompting import prompted  # noqa: PLC0415 - slow to import

        model, task = self.altered(preparation.model), preparation.lesson.task
        asked = model.kind is ModelKind.CAUSAL and task.prompt is not None and task.prompt.choices
        if not asked and not self.changes_model:
            return Subject(model)
        beginning = opening(task, self.prefix)
        return prompted(preparation.engine, model, task, template=self.template, beginning=beginning, trained_on={})
