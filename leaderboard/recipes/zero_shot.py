"""Zero-shot: the model as it is, asked by a prompt where it can continue text."""

from typing import Literal

from leaderboard.models.loaded import ModelKind
from leaderboard.models.subject import Subject
from leaderboard.recipes.names import RecipeName
from leaderboard.recipes.preparation import Preparation
from leaderboard.recipes.recipe import Recipe


class ZeroShot(Recipe):
    """Nothing is trained. A causal model classifies by which choice it would rather continue the prompt with."""

    recipe: Literal[RecipeName.ZERO_SHOT] = RecipeName.ZERO_SHOT

    def make(self, preparation: Preparation) -> Subject:
        """The model with the task's prompt; a model that does not continue text gets no classifier."""
        from leaderboard.recipes.prompting import PromptClassifier  # noqa: PLC0415 - slow to import

        model, task = self.altered(preparation.model), preparation.lesson.task
        if model.kind is not ModelKind.CAUSAL or task.prompt is None or task.data is None or not task.prompt.choices:
            return Subject(model)
        return Subject(model, PromptClassifier(preparation.engine, model, task.prompt, task.data.labels))
