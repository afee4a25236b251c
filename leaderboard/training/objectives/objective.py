"""Objective: the loss of a training, and the score of its predictions."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
import torch
from torch.nn import functional

from leaderboard.arrays import FloatArray
from leaderboard.training.encoding import IGNORED, Encoded, TrainingBatch, pad_rows
from leaderboard.training.settings import ClassWeights

Prediction = tuple[int, ...]
"""The class, the tag of each encoded word, or the choice."""


class TrainingObjective(ABC):
    """Encoded examples, the loss of a batch of them, and the score of predictions.

    Losses are weighted sums over examples or words; the training loop divides them by the sum of the weights. So a step
    is the same whether its batch came in one part or several, and on any number of devices.

    Attributes:
        rows: training examples.
        search: examples that decide which epoch is best; may be empty.
        outputs: number of outputs of the head; None where it has one per sequence.
        score_name: name of the score.
    """

    def __init__(
        self,
        rows: Sequence[Encoded],
        search: Sequence[Encoded],
        *,
        outputs: int | None,
        score_name: str,
        pad_id: int,
    ) -> None:
        self.rows = rows
        self.search = search
        self.outputs = outputs
        self.score_name = score_name
        self._pad_id = pad_id

    def collate(self, rows: Sequence[Encoded]) -> TrainingBatch:
        """Return a batch of rows, padded to the longest of them."""
        inputs = pad_rows(rows, pad_id=self._pad_id)
        return TrainingBatch(rows, inputs, self._targets(rows, inputs["input_ids"].shape[1]))

    @abstractmethod
    def weight(self, row: Encoded) -> float:
        """Return the weight of a row, summed over its targets; above 0."""

    @abstractmethod
    def loss(self, logits: torch.Tensor, batch: TrainingBatch) -> torch.Tensor:
        """Return the weighted sum of the losses of a batch, in float32."""

    @abstractmethod
    def predict(self, logits: torch.Tensor, batch: TrainingBatch) -> list[Prediction]:
        """Return the prediction for each row."""

    @abstractmethod
    def score(self, predictions: Sequence[tuple[Encoded, Prediction]]) -> float:
        """Return the score of predictions in [0, 1]; larger is better."""

    def _targets(self, rows: Sequence[Encoded], _length: int) -> torch.Tensor:
        return torch.tensor([row.targets[0] for row in rows])


class ClassWeighting:
    """Weight of each class in the loss."""

    def __init__(self, rows: Sequence[Encoded], classes: int, weighting: ClassWeights) -> None:
        self._by_class: FloatArray = np.ones(classes)
        if weighting is ClassWeights.BALANCED:
            self._by_class = balanced([target for row in rows for target in row.targets], classes)
        self._tensor = torch.tensor(self._by_class, dtype=torch.float32)

    def total(self, row: Encoded) -> float:
        """Return the summed weight of the targets of a row."""
        return float(self._by_class[list(row.targets)].sum())

    def each(self, targets: torch.Tensor) -> torch.Tensor:
        """Return the weight of each target, 0 for ignored ones, in the shape of the targets."""
        self._tensor = self._tensor.to(targets.device)
        return self._tensor[targets.clamp(min=0)] * (targets != IGNORED)


def balanced(targets: Sequence[int], classes: int) -> FloatArray:
    """Return balanced class weights, n / (number of classes that occur · n of the class).

    Their mean over the targets is 1. A class that does not occur has weight 0.
    """
    counts = np.bincount(np.asarray(targets, dtype=np.intp), minlength=classes).astype(np.float64)
    weights: FloatArray = np.divide(counts.sum(), counts * np.count_nonzero(counts), out=counts * 0, where=counts > 0)
    return weights


def cross_entropy(
    logits: torch.Tensor, targets: torch.Tensor, weights: ClassWeighting, smoothing: float
) -> torch.Tensor:
    """Return the cross-entropy of each target times the weight of its class.

    Args:
        logits: shape (n, classes).
        targets: shape (n,); `IGNORED` for targets that are left out.
        weights: weights of the classes.
        smoothing: label smoothing, the share of the target's probability spread over all classes (Szegedy et al.
            2016).

    Returns:
        Shape (n,), float32.
    """
    losses = functional.cross_entropy(
        logits.float(), targets, ignore_index=IGNORED, reduction="none", label_smoothing=smoothing
    )
    return losses * weights.each(targets)


def accuracy(predictions: Sequence[tuple[Encoded, Prediction]]) -> float:
    """Return the share of targets that were predicted correctly."""
    pairs = (pair for row, classes in predictions for pair in zip(row.targets, classes, strict=True))
    correct = sum(target == predicted for target, predicted in pairs)
    return correct / sum(len(row.targets) for row, _ in predictions)
