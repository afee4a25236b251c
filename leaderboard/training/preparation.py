"""Preparation: the model, data and seed with which a recipe prepares a subject."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from leaderboard.backends.local.engine.shared_version import SHARED_CODE
from leaderboard.backends.model import Model
from leaderboard.data.examples import Example, Splits, TextExample
from leaderboard.identity import digest
from leaderboard.tasks import Task

if TYPE_CHECKING:
    from leaderboard.backends.local.engine.engine import Engine
    from leaderboard.backends.local.model import LocalModel
    from leaderboard.backends.local.models.loaded_model import LoadedModel

ELSEWHERE = "elsewhere"
"""Device of a model that is not computed on this machine, in keys."""


@dataclass(frozen=True)
class Lesson:
    """Task, its digest, and its data as examples of the task's protocol, by split."""

    task: Task
    digest: str
    splits: Mapping[str, Sequence[Example]]

    def showing(self, examples: Sequence[Example]) -> "Lesson":
        """Return a copy whose train split has these examples and whose other splits are empty."""
        return replace(self, splits={**dict.fromkeys(self.splits, ()), "train": examples})

    def learning(self, examples: Sequence[TextExample]) -> "Lesson":
        """Return a copy whose train split has these examples, with a digest of its own; other splits stay."""
        readers = {name: partial(self.splits.__getitem__, name) for name in self.splits}
        learned = digest([self.digest, [[example.content, example.label] for example in examples]])
        return replace(self, digest=learned, splits=Splits({**readers, "train": lambda: examples}))


@dataclass(frozen=True)
class Preparation:
    """Model, data and seed with which a recipe prepares a subject.

    Attributes:
        model: the unchanged model. Other subjects use it, too: its weights are copied before they are changed.
        lesson: task that the model is prepared for, with its data.
        seed: seed of everything random in the preparation.
        lessons: further tasks that the recipe names, by name.
        models: further models that the recipe names, by reference.
        trackers: names of the trackers that training is logged to, as in `accelerate`.
    """

    model: Model
    lesson: Lesson
    seed: int
    lessons: Mapping[str, Lesson] = field(default_factory=dict)
    models: Mapping[str, Model] = field(default_factory=dict)
    trackers: tuple[str, ...] = ()

    @property
    def weights(self) -> "LoadedModel":
        """Loaded weights of the model.

        Raises:
            NotMeasurableError: when they are not on this machine.
        """
        return self._local.loaded

    @property
    def engine(self) -> "Engine":
        """Engine that runs the model's forward passes on this machine.

        Raises:
            NotMeasurableError: when the model does not run on this machine.
        """
        return self._local.engine

    @property
    def _local(self) -> "LocalModel":
        from leaderboard.backends.local.model import on_this_machine  # noqa: PLC0415 - slow to import

        return on_this_machine(self.model)

    def key(self, *parts: Any) -> str:
        """Return the cache key of something trained here: a digest of all that it depends on.

        Weights trained on a GPU differ in their last digits from those trained on a CPU.
        """
        from leaderboard.backends.local.model import LocalModel  # noqa: PLC0415 - slow to import

        # Where another backend computes, the identity of the model says so.
        device = self.model.engine.device.type if isinstance(self.model, LocalModel) else ELSEWHERE
        return digest([self.model.identity, self.lesson.digest, self.seed, device, SHARED_CODE, *parts])
