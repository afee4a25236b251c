"""Step: how the gradients of one step come about, whatever the optimiser then does with them."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from accelerate import Accelerator

from leaderboard.models.precision import Precision
from leaderboard.recipes.training.encoding import Encoded
from leaderboard.recipes.training.objective import Objective
from leaderboard.recipes.training.privacy import Privacy
from leaderboard.recipes.training.settings import TrainingSettings


@dataclass(frozen=True)
class Learner:
    """What learns, and what from.

    Attributes:
        accelerator: devices and processes.
        model: gives logits; adds up the gradients of several processes where there are several.
        alone: the same without that.
        module: the model itself, a `transformers` one, inside of both.
        objective: what is learned.
        settings: how.
        precision: of multiplications; not auto.
        seed: of everything that is drawn.
    """

    accelerator: Accelerator
    model: torch.nn.Module
    alone: torch.nn.Module
    module: torch.nn.Module
    objective: Objective
    settings: TrainingSettings
    precision: Precision
    seed: int

    @property
    def parameters(self) -> list[torch.nn.Parameter]:
        """What is learned; the others are frozen."""
        return [each for each in self.module.parameters() if each.requires_grad]

    @property
    def examples_a_step(self) -> int:
        """Examples of one step, over all its batches and processes; fewer where there are no more."""
        return min(self.settings.batch_size * self.settings.accumulation, len(self.objective.rows))


class Step(ABC):
    """Which examples a step learns from, and the gradients that they give."""

    def __init__(self, learner: Learner) -> None:
        self._learner = learner

    @abstractmethod
    def batches(self, epoch: int) -> list[list[list[int]]]:
        """Indices of the examples of each batch of each step of an epoch; the same whenever it is asked."""

    @abstractmethod
    def gradients(self, parts: Sequence[Sequence[Encoded]], number: int) -> tuple[torch.Tensor, float]:
        """Leave with the parameters the gradients by which they are to change, the same in every process.

        Args:
            parts: the batches of the step.
            number: of the step, from 0. What is drawn depends on it and the seed alone, so that a training that goes
                on after a kill draws the same.

        Returns:
            The loss of this process's share, summed, and the weight of the whole.
        """

    def privacy(self, steps: int) -> Privacy | None:
        """What so many steps tell of each example at most; None where nothing is promised."""
        del steps
        return None
