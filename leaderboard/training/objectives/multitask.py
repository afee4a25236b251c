"""Multi-task objective: each example is scored by the outputs of its own task's head, on a shared body."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from leaderboard.data.examples import TextExample
from leaderboard.training.encoding import Encoded, Encoder, TrainingBatch, check_distinct_targets, check_targets
from leaderboard.training.objectives.classification import encode
from leaderboard.training.objectives.objective import (
    ClassWeighting,
    Prediction,
    TrainingObjective,
    accuracy,
    cross_entropy,
)
from leaderboard.training.settings import ClassWeights


@dataclass(frozen=True)
class TaskExamples:
    """Name, labels and training examples of one of several tasks."""

    name: str
    labels: tuple[str, ...]
    examples: Sequence[TextExample]


class MultitaskObjective(TrainingObjective):
    """Cross-entropy with the label of each text among the classes of its task; accuracy on the first task.

    The head has the classes of all tasks one after the other, of which each task reads its own: a linear layer for each
    task, kept in one matrix.
    """

    def __init__(
        self,
        encoder: Encoder,
        tasks: Sequence[TaskExamples],
        search: Sequence[TextExample],
        *,
        label_smoothing: float = 0.0,
        class_weights: ClassWeights = ClassWeights.NONE,
    ) -> None:
        """Encode the examples.

        Args:
            encoder: tokenizer of the model.
            tasks: the tasks; the first is the one that is measured.
            search: examples of the first task that choose the best epoch.
            label_smoothing: share of the target's probability that is spread over the classes of its task.
            class_weights: weights of the classes of each task.

        Raises:
            RequestError: for no examples of a task, or with one label alone.
        """
        by_task = [_checked(encode(encoder, task.examples), task) for task in tasks]
        searched = encode(encoder, search)
        self.sizes = [len(rows) for rows in by_task]
        number_of = [number for number, rows in enumerate(by_task) for _ in rows]
        rows = [replace(row, index=index) for index, row in enumerate(row for rows in by_task for row in rows)]
        # A row is known by its index: those of the search split follow the others.
        last = [replace(row, index=len(rows) + row.index) for row in searched]
        self._task_of = np.array([*number_of, *(0 for _ in last)], dtype=np.intp)
        self._ends = np.cumsum([len(task.labels) for task in tasks]).tolist()
        self._weights = [
            ClassWeighting(own, len(task.labels), class_weights) for own, task in zip(by_task, tasks, strict=True)
        ]
        self._smoothing = label_smoothing
        super().__init__(rows, last, outputs=self._ends[-1], score_name="accuracy", pad_id=encoder.pad_id)

    def weight(self, row: Encoded) -> float:
        """Return the weight of the row's class in its task."""
        return float(self._weights[self._task_of[row.index]].total(row))

    def loss(self, logits: torch.Tensor, batch: TrainingBatch) -> torch.Tensor:
        """Return the weighted sum of the losses, each over the classes of its task."""
        total = torch.zeros((), device=logits.device)
        numbers = self._task_of[[row.index for row in batch.rows]]
        for number in np.unique(numbers).tolist():
            own = torch.from_numpy(np.flatnonzero(numbers == number)).to(logits.device)
            task_logits = self._columns(logits[own], number)
            total = total + cross_entropy(task_logits, batch.targets[own], self._weights[number], self._smoothing).sum()
        return total

    def predict(self, logits: torch.Tensor, batch: TrainingBatch) -> list[Prediction]:
        """Return the most probable class of each row among those of its task."""
        numbers = self._task_of[[row.index for row in batch.rows]].tolist()
        return [(int(self._columns(row, number).argmax()),) for row, number in zip(logits, numbers, strict=True)]

    def score(self, predictions: Sequence[tuple[Encoded, Prediction]]) -> float:
        """Return the accuracy of predictions."""
        return accuracy(predictions)

    def _columns(self, logits: torch.Tensor, number: int) -> torch.Tensor:
        """Return the logits of a task, the last dimension being that of the classes."""
        return logits[..., self._ends[number - 1] if number else 0 : self._ends[number]]


def _checked(rows: list[Encoded], task: TaskExamples) -> list[Encoded]:
    check_targets(rows, len(task.labels), name=lambda index: task.examples[index].id, target_name="label")
    check_distinct_targets(rows, target_name="label")
    return rows
