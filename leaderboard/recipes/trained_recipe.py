"""Trained recipe: base classes of recipes that train a model and its head."""

from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field, model_validator

from leaderboard.data.examples import ChoiceExample, RunningText
from leaderboard.data.overlap import SEARCH
from leaderboard.mitigations.stages import InputMitigation, StageMitigation, StepMitigation
from leaderboard.recipes.learning_recipe import TEXT_STAGES, LearningRecipe
from leaderboard.recipes.recipe import AFTER_TRAINING
from leaderboard.training.setting_checks import (
    check_class_weights,
    check_early_stopping,
    check_shared_labels,
    check_text_length,
)
from leaderboard.training.settings import TrainingSettings

if TYPE_CHECKING:
    from leaderboard.training.adapter_settings import AdapterSettings
    from leaderboard.training.steps.step import Learner, Step
    from leaderboard.training.target import Target


class TrainedRecipe(LearningRecipe, TrainingSettings):
    """Base class of recipes that train a model and its head, and keep the result as a folder of weights."""

    changes_model: ClassVar[bool] = True
    stages: ClassVar[tuple[type[StageMitigation], ...]] = (
        *TEXT_STAGES,
        InputMitigation,
        StepMitigation,
        *AFTER_TRAINING,
    )

    @property
    def training_details(self) -> dict[str, Any]:
        """Return the settings of the training and its steps, JSON-like."""
        names = {*TrainingSettings.model_fields, *self.settings_of(StepMitigation)}
        return {**self.model_dump(mode="json", include=names), **self.mitigation_versions(StepMitigation)}

    def check(self, target: "Target") -> None:
        """Check the settings of the training against the model and the task."""
        super().check(target)
        check_text_length(self.max_length, target.model.text_limit, name=target.model.name)
        check_class_weights(self.class_weights, has_classes=target.example not in {ChoiceExample, RunningText})
        if target.splits:
            check_early_stopping(self.early_stopping, has_search=SEARCH in target.splits)

    def step(self, learner: "Learner") -> "Step | None":
        """Create the step of the active step mitigation; None without any."""
        changes = self.mitigations(StepMitigation)
        return changes[0].step(learner) if changes else None

    @property
    def adapters(self) -> "AdapterSettings | None":
        """Return the adapters that are trained instead of the body's weights; None for none."""
        return None

    @property
    def trained_layers(self) -> int | None:
        """Return the number of trained layers of the body, from the last one down; None for all and the embeddings."""
        return None

    def learned(self) -> dict[str, object]:
        """Return the settings that the trained weights depend on, without those of mitigations after training."""
        settings = self.model_dump(mode="json", exclude=self.settings_of(*AFTER_TRAINING))
        return {
            **settings,
            "version": self.version,
            **self.mitigation_versions(*TEXT_STAGES, InputMitigation, StepMitigation),
        }


class SequentialRecipe(TrainedRecipe):
    """Base class of recipes that can be trained on several tasks one after the other.

    Attributes:
        sequence: tasks to train on one after the other, instead of the measured one; all with the same labels.
        replay: share of each earlier task's training examples that is repeated with each later task.
    """

    sequence: tuple[str, ...] = ()
    replay: Annotated[float, Field(ge=0, le=1)] = 0.0

    @model_validator(mode="after")
    def _replays_something(self) -> "SequentialRecipe":
        if self.replay and len(self.sequence) <= 1:
            raise ValueError("replay needs a `sequence` of two tasks or more")
        if len(set(self.sequence)) < len(self.sequence):
            raise ValueError("`sequence` names a task twice")
        return self

    def check(self, target: "Target") -> None:
        """Check that the tasks of the sequence have the same labels."""
        super().check(target)
        check_shared_labels({name: target.labels[name] for name in self.sequence if name in target.labels})

    @property
    def adapts_to(self) -> str | None:
        """Return the last task of the sequence."""
        return self.sequence[-1] if self.sequence else None

    @property
    def lessons(self) -> tuple[str, ...]:
        """Return the tasks of the sequence."""
        return self.sequence
