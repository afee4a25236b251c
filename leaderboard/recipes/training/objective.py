"""Objective: what is learned from examples, and how well it was learned."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from leaderboard.recipes.training.encoding import IGNORED, Batch, Encoded, lay_out
from leaderboard.recipes.training.settings import ClassWeights

FloatArray = npt.NDArray[np.float64]
Prediction = tuple[int, ...]
"""The class, the tag of each word that was read, or the choice."""


class Objective(ABC):
    """Examples as rows of tokens, the loss of a batch of them, and the score of what was predicted.

    Losses are sums over what is learned from (examples, words), each with its weight; the loop divides them by the sum
    of the weights. So a step is the same whether its batch came in one part or in several, and on how many devices.

    Attributes:
        rows: what is learned from.
        search: what tells which epoch was best; may be empty.
        outputs: that the head must have; None where it has one for each sequence.
        score_name: what the score is called.
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

    def collate(self, rows: Sequence[Encoded]) -> Batch:
        """Rows as a batch, padded to the longest of them."""
        inputs = lay_out(rows, pad_id=self._pad_id)
        return Batch(rows, inputs, self._targets(rows, inputs["input_ids"].shape[1]))

    @abstractmethod
    def weight(self, row: Encoded) -> float:
        """How much a row counts, over all that is learned from it; more than 0."""

    @abstractmethod
    def loss(self, logits: torch.Tensor, batch: Batch) -> torch.Tensor:
        """The weighted sum of the losses of a batch, in float32."""

    @abstractmethod
    def predict(self, logits: torch.Tensor, batch: Batch) -> list[Prediction]:
        """What the model would answer for each row."""

    @abstractmethod
    def score(self, found: Sequence[tuple[Encoded, Prediction]]) -> float:
        """How good answers are; larger is better, in [0, 1]."""

    def _targets(self, rows: Sequence[Encoded], _length: int) -> torch.Tensor:
        return torch.tensor([row.targets[0] for row in rows])


class Weights:
    """How much each class counts."""

    def __init__(self, rows: Sequence[Encoded], classes: int, wanted: ClassWeights) -> None:
        self._of: FloatArray = np.ones(classes)
        if wanted is ClassWeights.BALANCED:
            self._of = balanced([target for row in rows for target in row.targets], classes)
        self._tensor = torch.tensor(self._of, dtype=torch.float32)

    def total(self, row: Encoded) -> float:
        """Over all targets of a row."""
        return float(self._of[list(row.targets)].sum())

    def each(self, targets: torch.Tensor) -> torch.Tensor:
        """The weight of each target; 0 where nothing is learned. Same shape as the targets."""
        self._tensor = self._tensor.to(targets.device)
        return self._tensor[targets.clamp(min=0)] * (targets != IGNORED)


def balanced(targets: Sequence[int], classes: int) -> FloatArray:
    """Weights with which every class that occurs counts the same, n / (classes that occur · n of the class).

    Their mean over the targets is 1. A class that does not occur has weight 0.
    """
    counts = np.bincount(np.asarray(targets, dtype=np.intp), minlength=classes).astype(np.float64)
    weights: FloatArray = np.divide(counts.sum(), counts * np.count_nonzero(counts), out=counts * 0, where=counts > 0)
    return weights


def cross_entropy(logits: torch.Tensor, targets: torch.Tensor, weights: Weights, smoothing: float) -> torch.Tensor:
    """Cross-entropy of each target times the weight of its class.

    Args:
        logits: shape (n, classes).
        targets: shape (n,); `IGNORED` where nothing is learned.
        weights: of the classes.
        smoothing: share of the target's probability that is spread over all classes (Szegedy et al. 2016).

    Returns:
        Shape (n,), float32.
    """
    losses = functional.cross_entropy(
        logits.float(), targets, ignore_index=IGNORED, reduction="none", label_smoothing=smoothing
    )
    return losses * weights.each(targets)


def accuracy(found: Sequence[tuple[Encoded, Prediction]]) -> float:
    """Share of all targets that were predicted."""
    right = sum(target == answer for row, answers in found for target, answer in zip(row.targets, answers, strict=True))
    return right / sum(len(row.targets) for row, _ in found)
