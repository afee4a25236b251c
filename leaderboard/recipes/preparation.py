"""Preparation: what a recipe works with when it makes a subject of a model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from leaderboard.data.examples import Example
from leaderboard.engine.version import SHARED_CODE
from leaderboard.identity import digest
from leaderboard.tasks import Task

if TYPE_CHECKING:
    from leaderboard.engine.engine import Engine
    from leaderboard.models.loaded import LoadedModel


@dataclass(frozen=True)
class Lesson:
    """A task, its digest, and its data as the task's protocol reads it."""

    task: Task
    digest: str
    splits: Mapping[str, Sequence[Example]]

    def showing(self, examples: Sequence[Example]) -> "Lesson":
        """The same lesson, of which only these examples are learned from."""
        return replace(self, splits={**dict.fromkeys(self.splits, ()), "train": examples})


@dataclass(frozen=True)
class Preparation:
    """What a recipe works with.

    Attributes:
        model: the weights as they come. Other subjects use them too: they are copied before they are changed.
        lesson: the task that the model is prepared for.
        engine: spends the forward passes.
        seed: of everything random in the preparation.
        lessons: further tasks that the recipe named, by name.
        models: further models that the recipe named, by reference.
        trackers: where training is logged to, as `accelerate` calls them.
    """

    model: "LoadedModel"
    lesson: Lesson
    engine: "Engine"
    seed: int
    lessons: Mapping[str, Lesson] = field(default_factory=dict)
    models: Mapping[str, "LoadedModel"] = field(default_factory=dict)
    trackers: tuple[str, ...] = ()

    def key(self, *parts: Any) -> str:
        """Under which something learned here is kept: a digest of all that it depends on.

        What is learned on a GPU differs in its last digits from what is learned on a CPU.
        """
        device = self.engine.device.type
        return digest([self.model.identity, self.lesson.digest, self.seed, device, SHARED_CODE, *parts])
