"""Zero-shot: the model without training, prompted where it continues text."""

from typing import Literal

from leaderboard.backends.subject import Subject
from leaderboard.errors import NotMeasurableError
from leaderboard.mitigations.stages import WordingMitigation
from leaderboard.recipes.composition import composed
from leaderboard.recipes.prompted_recipe import PromptedRecipe
from leaderboard.training.preparation import Preparation


@composed
class ZeroShot(PromptedRecipe):
    """Classify by the likelihoods of the choices of a prompt, without training."""

    recipe: Literal["zero_shot"] = "zero_shot"

    @property
    def learns(self) -> bool:
        """Return False: nothing is trained."""
        return False

    def make(self, preparation: Preparation) -> Subject:
        """Return the model with the task's prompt; unchanged where it cannot be prompted.

        Raises:
            NotMeasurableError: when the prompt was to be changed, but the model is not prompted.
        """
        from leaderboard.recipes.prompted_subject import prompted_subject  # noqa: PLC0415 - slow to import

        model, task = self.altered_model(preparation), preparation.lesson.task
        is_prompted = model.kind.continues_text and task.prompt is not None and task.prompt.choices
        if not is_prompted and not self.rewords:
            if self.changes_model and not model.kind.continues_text:
                raise NotMeasurableError(
                    f"{model.name} does not continue text, so that it cannot be prompted with facts"
                )
            return Subject(model)
        beginning, wordings = self.opening(task), self.mitigations(WordingMitigation)
        return prompted_subject(model, task, wordings=wordings, beginning=beginning, trained_on={})
