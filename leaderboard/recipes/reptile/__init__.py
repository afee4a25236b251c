"""Reptile: a body is trained over several tasks so that a few labels of another one suffice to adapt it."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from leaderboard.backends.subject import Subject
from leaderboard.errors import RequestError
from leaderboard.mitigations.stages import StageMitigation
from leaderboard.recipes.composition import composed
from leaderboard.recipes.learning_recipe import TEXT_STAGES
from leaderboard.recipes.recipe import AFTER_TRAINING
from leaderboard.recipes.trained_recipe import TrainedRecipe
from leaderboard.training.preparation import Lesson, Preparation
from leaderboard.training.target import Target


@composed
class Reptile(TrainedRecipe):
    """Meta-train a body over further tasks, then fine-tune it on a few labels of the measured one (Nichol et al. 2018).

    A meta iteration draws one task and a few texts of each of its classes, adapts the body and a fresh head to them,
    and moves the body towards the adapted one: first-order meta-learning. The measured task takes no part in it:
    `shots` random texts of each of its classes are all that is learned of it. The last epoch is kept, since labels that
    choose another one would count too. Compare with `meta_iterations: 0`, which is plain fine-tuning on as many labels.

    Attributes:
        tasks: tasks of the meta-training; all classify texts.
        shots: number of texts of each class that the body is adapted with, in meta-training as on the measured task.
        inner_steps: number of steps of a meta iteration, each on `batch_size` of the drawn texts, at `learning_rate`.
        meta_rate: share of the way to the adapted body that a meta iteration goes; it falls linearly to 0.
        meta_iterations: number of meta iterations; 0 for plain fine-tuning.
    """

    stages: ClassVar[tuple[type[StageMitigation], ...]] = (*TEXT_STAGES, *AFTER_TRAINING)

    recipe: Literal["reptile"] = "reptile"
    tasks: Annotated[tuple[str, ...], Field(min_length=1)]
    shots: Annotated[int, Field(ge=1)] = 16
    inner_steps: Annotated[int, Field(ge=1, le=10_000)] = 5
    meta_rate: Annotated[float, Field(gt=0, le=1)] = 1.0
    meta_iterations: Annotated[int, Field(ge=0, le=100_000)] = 100

    purpose: ClassVar[str] = "meta-learning"

    @model_validator(mode="after")
    def _tasks_differ(self) -> "Reptile":
        if len(set(self.tasks)) < len(self.tasks):
            raise ValueError("`tasks` names a task twice")
        return self

    @model_validator(mode="after")
    def _keeps_the_last_epoch(self) -> "Reptile":
        if self.early_stopping:
            raise ValueError("early_stopping: all epochs are trained, since labels that decide when to stop count too")
        return self

    @property
    def lessons(self) -> tuple[str, ...]:
        """Return the tasks of the meta-training."""
        return self.tasks

    def check(self, target: Target) -> None:
        """Check that the tasks of the meta-training are others than the measured one."""
        super().check(target)
        if target.task.name in self.tasks:
            raise RequestError(
                f"recipe.tasks: '{target.task.name}' is the measured task, which the body is adapted to; leave it out"
            )

    def check_data(self, lesson: Lesson, lessons: Mapping[str, Lesson], seed: int) -> None:
        """Check that every task has `shots` texts of each class."""
        del seed
        from leaderboard.recipes.reptile.shots import texts_by_class  # noqa: PLC0415 - slow to import

        for each in (lesson, *(lessons[name] for name in self.tasks)):
            texts_by_class(self, each)

    def make(self, preparation: Preparation) -> Subject:
        """Train the body over the tasks, adapt it to the measured one, and return it."""
        from leaderboard.recipes.reptile.prepare import prepare_reptile  # noqa: PLC0415 - slow to import

        return prepare_reptile(self, preparation)

    def meta_details(self) -> dict[str, Any]:
        """Return the settings that the meta-trained body depends on, JSON-like."""
        names = {"tasks", "shots", "inner_steps", "meta_rate", "meta_iterations", "learning_rate", "batch_size"}
        names |= {"max_length", "dropout", "clip", "weight_decay"}
        return {**self.model_dump(mode="json", include=names), "version": self.version}
