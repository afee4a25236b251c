"""Target: a model and the task that a recipe prepares it for, before anything is loaded."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from leaderboard.backends.resolved import ResolvedReference
from leaderboard.data.examples import Example
from leaderboard.tasks import Task, protocol_of


@dataclass(frozen=True)
class Target:
    """Model and task by which the settings of a recipe are checked before anything is measured.

    Attributes:
        model: resolved model.
        task: task that it is prepared for.
        labels: labels of this task and of further ones that the recipe learns, by name of the task.
        splits: names of the splits of its data.
        models: further models that the recipe names, by reference.
    """

    model: ResolvedReference
    task: Task
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    splits: frozenset[str] = frozenset()
    models: Mapping[str, ResolvedReference] = field(default_factory=dict)

    @property
    def task_labels(self) -> tuple[str, ...]:
        """Labels of its task; empty for a task without labels."""
        return self.labels.get(self.task.name, ())

    @property
    def example(self) -> type[Example] | None:
        """Type of the examples of its task."""
        return protocol_of(self.task).example
