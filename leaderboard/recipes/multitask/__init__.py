"""Multi-task learning: one body is trained on several tasks at once, with a head for each."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from leaderboard.errors import RequestError
from leaderboard.mitigations.stages import StageMitigation
from leaderboard.recipes.composition import composed
from leaderboard.recipes.learning_recipe import TEXT_STAGES
from leaderboard.recipes.recipe import AFTER_TRAINING
from leaderboard.recipes.trained_recipe import TrainedRecipe
from leaderboard.training.preparation import Lesson, Preparation
from leaderboard.training.target import Target

if TYPE_CHECKING:
    from leaderboard.backends.subject import Subject
    from leaderboard.training.steps.step import Learner, Step


@composed
class Multitask(TrainedRecipe):
    """Train a body on the measured task and further ones at once, with a linear head for each (Caruana 1997).

    The subject has the head of the measured task, whose split `search` chooses the best epoch. Compare with `finetune`
    with as many epochs, which learns from the same labels of the measured task.

    Attributes:
        tasks: further tasks that are learned; all classify texts.
        exponent: examples of each task are drawn in proportion to its size to this power: 1 takes every example once
            an epoch, 0 as many of each task.
    """

    stages: ClassVar[tuple[type[StageMitigation], ...]] = (*TEXT_STAGES, *AFTER_TRAINING)

    recipe: Literal["multitask"] = "multitask"
    tasks: Annotated[tuple[str, ...], Field(min_length=1)]
    exponent: Annotated[float, Field(ge=0, le=1)] = 0.5

    @model_validator(mode="after")
    def _tasks_differ(self) -> "Multitask":
        if len(set(self.tasks)) < len(self.tasks):
            raise ValueError("`tasks` names a task twice")
        return self

    def check(self, target: Target) -> None:
        """Check that the further tasks are others than the measured one."""
        super().check(target)
        if target.task.name in self.tasks:
            raise RequestError(
                f"recipe.tasks: '{target.task.name}' is the measured task, which is learned anyway; leave it out"
            )

    def check_data(self, lesson: Lesson, lessons: Mapping[str, Lesson], seed: int) -> None:
        """Check that every task has labelled texts."""
        from leaderboard.recipes.multitask.texts import task_texts  # noqa: PLC0415 - slow to import

        del seed
        for each in (lesson, *(lessons[name] for name in self.tasks)):
            task_texts(each, measured=each is lesson)

    @property
    def lessons(self) -> tuple[str, ...]:
        """Return the further tasks."""
        return self.tasks

    @property
    def training_details(self) -> dict[str, Any]:
        """Return the settings of the training, with those of the drawing of examples."""
        return {**super().training_details, "exponent": self.exponent}

    def step(self, learner: "Learner") -> "Step | None":
        """Create the step that draws examples of all tasks."""
        from leaderboard.training.objectives.multitask import MultitaskObjective  # noqa: PLC0415 - imports torch
        from leaderboard.training.steps.multitask import MultitaskStep  # noqa: PLC0415

        objective = learner.objective
        return MultitaskStep(learner, objective, self.exponent) if isinstance(objective, MultitaskObjective) else None

    def make(self, preparation: Preparation) -> "Subject":
        """Train the body on all tasks, and return it with the head of the measured one."""
        from leaderboard.recipes.multitask.prepare import prepare_multitask  # noqa: PLC0415 - slow to import

        return prepare_multitask(self, preparation)
