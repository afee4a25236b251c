"""Plain step: the gradient of the mean loss of all batches of a step."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext

import numpy as np
import torch

from leaderboard.training.encoding import Encoded, TrainingBatch
from leaderboard.training.length_bucketing import batches
from leaderboard.training.reproducibility import seed_dropout
from leaderboard.training.steps.step import ChangesStep, Learner, Step


class PlainStep(Step):
    """Step that uses every example once an epoch; subclasses change how gradients of a batch are computed."""

    def batches(self, epoch: int) -> list[list[list[int]]]:
        """Return batches of examples of similar length."""
        settings = self._learner.settings
        lengths = [row.length for row in self._learner.objective.rows]
        order = batches(lengths, settings.batch_size, seed=self._learner.seed, epoch=epoch)
        return [order[at : at + settings.accumulation] for at in range(0, len(order), settings.accumulation)]

    def gradients(self, parts: Sequence[Sequence[Encoded]], number: int) -> tuple[torch.Tensor, float]:
        """Compute the gradients of the mean loss, with their joint norm clipped to `settings.clip`."""
        learner = self._learner
        accelerator, objective = learner.accelerator, learner.objective
        rank, processes = accelerator.process_index, accelerator.num_processes
        seed_dropout(learner.seed, number, rank)
        weight = sum(objective.weight(row) for part in parts for row in part)
        total = torch.zeros((), device=accelerator.device)
        for index, part in enumerate(parts):
            rows = part[rank::processes]
            batch = objective.collate(rows or part[:1]).to(accelerator.device)
            # The processes' gradients are averaged; what is wanted is their sum.
            scale = bool(rows) * processes / weight
            random = np.random.default_rng([learner.seed, number, index])
            total += self._add_gradients(batch, random, scale=scale, last=index == len(parts) - 1) * bool(rows)
        accelerator.clip_grad_norm_(learner.parameters, learner.settings.clip)
        return total, weight

    def _add_gradients(
        self, batch: TrainingBatch, random: np.random.Generator, *, scale: float, last: bool
    ) -> torch.Tensor:
        """Add the gradients of a batch to those of the parameters.

        Args:
            batch: the rows of this process.
            random: random numbers of the batch, the same in every process.
            scale: factor of the gradients.
            last: whether it is the last batch of the step.

        Returns:
            The summed loss of the batch, without its graph.
        """
        del random
        with self._accumulating(last=last):
            loss = self._learner.objective.loss(self._learner.model(**batch.inputs), batch)
            self._learner.accelerator.backward(loss * scale)
        return loss.detach()

    def _accumulating(self, *, last: bool) -> AbstractContextManager[None]:
        """Synchronize the gradients of all processes with the last batch only."""
        unsynchronized: AbstractContextManager[None] = self._learner.accelerator.no_sync(self._learner.model)
        return nullcontext() if last else unsynchronized


def create_step(learner: Learner) -> Step:
    """Create the step that a learner's settings name, or an ordinary one.

    Raises:
        RequestError: when the objective or the precision cannot be combined with it.
    """
    settings = learner.settings
    step = settings.step(learner) if isinstance(settings, ChangesStep) else None
    return step or PlainStep(learner)
