"""Prompted recipe: base class of recipes that prompt a causal model."""

from typing import TYPE_CHECKING, ClassVar

from leaderboard.mitigations.stages import InputMitigation, OpeningMitigation, StageMitigation, WordingMitigation
from leaderboard.recipes.recipe import AFTER_TRAINING, UNCHANGED, Recipe

if TYPE_CHECKING:
    from leaderboard.tasks import Task


class PromptedRecipe(Recipe):
    """Base class of recipes that prompt a causal model without training."""

    without_weights: ClassVar[str] = UNCHANGED
    stages: ClassVar[tuple[type[StageMitigation], ...]] = (
        InputMitigation,
        WordingMitigation,
        OpeningMitigation,
        *AFTER_TRAINING,
    )

    @property
    def changes_model(self) -> bool:
        """Return whether prompts differ from the task's own."""
        return bool(self.rewords or self.mitigations(InputMitigation))

    @property
    def rewords(self) -> bool:
        """Return whether the prompt of a task is changed itself, which a task without one does not allow."""
        return bool(self.mitigations(WordingMitigation) or self.mitigations(OpeningMitigation))

    @property
    def asks_in_words(self) -> bool:
        """Return True: the model is prompted."""
        return True

    def opening(self, task: "Task") -> str:
        """Return the text before every prompt of a task, which may be empty."""
        return "".join(each.opening(task) for each in self.mitigations(OpeningMitigation))
