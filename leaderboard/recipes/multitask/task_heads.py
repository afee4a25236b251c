"""Task heads: the head of a model that is trained on several tasks, and what stays of it for the measured one."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from transformers import PreTrainedModel

from leaderboard.data.examples import TextExample
from leaderboard.recipes.trained_recipe import TrainedRecipe
from leaderboard.training.encoding import Encoder
from leaderboard.training.objectives.multitask import MultitaskObjective, TaskExamples


@dataclass(frozen=True)
class TaskHeads:
    """Heads of several tasks on one body.

    Attributes:
        tasks: the tasks with their examples; the first is the measured one.
        search: examples of the first task that choose the best epoch.
    """

    tasks: Sequence[TaskExamples]
    search: Sequence[TextExample]

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the outputs of the joint head."""
        return tuple(f"{task.name}: {label}" for task in self.tasks for label in task.labels)

    def objective(self, encoder: Encoder, recipe: TrainedRecipe) -> MultitaskObjective:
        """Return the training objective of all tasks."""
        smoothing, weights = recipe.label_smoothing, recipe.class_weights
        return MultitaskObjective(encoder, self.tasks, self.search, label_smoothing=smoothing, class_weights=weights)

    def keep_measured(self, module: PreTrainedModel) -> None:
        """Cut the head of a trained model down to the outputs of the measured task, in place."""
        labels, outputs = self.tasks[0].labels, len(self.labels)
        parts = [each for each in module.modules() if isinstance(each, torch.nn.Linear)]
        head = next(each for each in reversed(parts) if each.out_features == outputs)
        head.weight = torch.nn.Parameter(head.weight.detach()[: len(labels)].clone())
        if head.bias is not None:
            head.bias = torch.nn.Parameter(head.bias.detach()[: len(labels)].clone())
        head.out_features = len(labels)
        module.config.id2label = dict(enumerate(labels))
        module.config.label2id = {label: index for index, label in enumerate(labels)}
