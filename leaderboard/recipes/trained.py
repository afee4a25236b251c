"""Trained: what recipes share that train a model and a head of it."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Self

from pydantic import Field, model_validator

from leaderboard.recipes.mitigations.learning_data import LearningData
from leaderboard.recipes.recipe import Recipe
from leaderboard.recipes.training.settings import TrainingSettings

if TYPE_CHECKING:
    from leaderboard.recipes.fresh_head import Adapters

_FOLLOWING = frozenset({"drop_layers", "prune", "quantise", "temperature", "group_thresholds"})


class Trained(LearningData, TrainingSettings, Recipe):
    """What recipes share that train a model and its head, and keep the result as a folder of weights."""

    changes_model: ClassVar[bool] = True

    @model_validator(mode="after")
    def _learns_each_example_once(self) -> Self:
        self.refuse_noise(self.dp_noise)
        return self

    @property
    def adapters(self) -> "Adapters | None":
        """Low-rank matrices that are trained instead of the body's weights; none where those are trained."""
        return None

    @property
    def trained_layers(self) -> int | None:
        """Layers of the body that are trained, from the last one down; None where embeddings are trained too."""
        return None

    def learned(self) -> dict[str, object]:
        """The settings that what is learned depends on: not those of what follows training."""
        return {**self.model_dump(mode="json", exclude=set(_FOLLOWING)), "version": self.version}


class TrainedInTurn(Trained):
    """What recipes share that can also learn several tasks one after the other.

    Attributes:
        sequence: tasks that are learned one after the other, instead of the one that is measured; same labels in each.
        replay: share of each earlier task's training examples that is learned again with each later one.
    """

    sequence: tuple[str, ...] = ()
    replay: Annotated[float, Field(ge=0, le=1)] = 0.0

    @model_validator(mode="after")
    def _replays_something(self) -> "TrainedInTurn":
        if self.replay and len(self.sequence) <= 1:
            raise ValueError("replay goes with a `sequence` of two tasks or more")
        if len(set(self.sequence)) < len(self.sequence):
            raise ValueError("`sequence` names a task twice")
        return self

    @property
    def adapts_to(self) -> str | None:
        """The last of the sequence."""
        return self.sequence[-1] if self.sequence else None

    @property
    def lessons(self) -> tuple[str, ...]:
        """The tasks of the sequence."""
        return self.sequence
