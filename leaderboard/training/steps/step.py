"""Step: how the gradients of one training step are computed."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from accelerate import Accelerator

from leaderboard.backends.precision import Precision
from leaderboard.training.dp_guarantee import PrivacyGuarantee
from leaderboard.training.encoding import Encoded
from leaderboard.training.objectives.objective import TrainingObjective
from leaderboard.training.settings import TrainingSettings


@dataclass(frozen=True)
class Learner:
    """Model, objective and settings of a training step.

    Attributes:
        accelerator: devices and processes.
        model: returns logits; sums the gradients of several processes.
        unwrapped: `model` without the synchronization of processes.
        module: the `transformers` model inside of both.
        objective: training objective.
        settings: training settings.
        precision: precision of multiplications; not auto.
        seed: seed of all random numbers.
    """

    accelerator: Accelerator
    model: torch.nn.Module
    unwrapped: torch.nn.Module
    module: torch.nn.Module
    objective: TrainingObjective
    settings: TrainingSettings
    precision: Precision
    seed: int

    @property
    def parameters(self) -> list[torch.nn.Parameter]:
        """Trainable parameters; the others are frozen."""
        return [each for each in self.module.parameters() if each.requires_grad]

    @property
    def examples_per_step(self) -> int:
        """Number of examples of a step over all batches and processes; at most the number of examples."""
        return min(self.settings.batch_size * self.settings.accumulation, len(self.objective.rows))


class Step(ABC):
    """Training step: its examples and their gradients."""

    def __init__(self, learner: Learner) -> None:
        self._learner = learner

    @abstractmethod
    def batches(self, epoch: int) -> list[list[list[int]]]:
        """Return the example indices of each batch of each step of an epoch; the same in every call."""

    @abstractmethod
    def gradients(self, parts: Sequence[Sequence[Encoded]], number: int) -> tuple[torch.Tensor, float]:
        """Set the gradients of the parameters, the same in every process.

        Args:
            parts: the batches of the step.
            number: number of the step, from 0. Random numbers depend on it and the seed alone, so that a resumed
                training draws the same.

        Returns:
            The summed loss of this process's rows, and the weight of all rows of the step.
        """

    def privacy(self, steps: int) -> PrivacyGuarantee | None:
        """Return the privacy guarantee after a number of steps; None for a step without noise."""
        del steps
        return None


@runtime_checkable
class ChangesStep(Protocol):
    """Training settings that can replace the ordinary step."""

    def step(self, learner: Learner) -> Step | None:
        """Create the step of a learner; None for the ordinary one.

        Raises:
            RequestError: when the objective or the precision cannot be combined with it.
        """
