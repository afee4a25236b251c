"""Plain: the gradient of the mean loss of all batches of a step."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext

import numpy as np
import torch

from leaderboard.recipes.training.buckets import batches
from leaderboard.recipes.training.encoding import Batch, Encoded
from leaderboard.recipes.training.repeatable import seed_dropout
from leaderboard.recipes.training.steps.step import Step


class Plain(Step):
    """Every example once an epoch. Others differ in what is learned from a batch."""

    def batches(self, epoch: int) -> list[list[list[int]]]:
        """See `Step`: of nearly one length."""
        settings = self._learner.settings
        lengths = [row.length for row in self._learner.objective.rows]
        order = batches(lengths, settings.batch_size, seed=self._learner.seed, epoch=epoch)
        return [order[at : at + settings.accumulation] for at in range(0, len(order), settings.accumulation)]

    def gradients(self, parts: Sequence[Sequence[Encoded]], number: int) -> tuple[torch.Tensor, float]:
        """See `Step`. The norm of all gradients together is at most `settings.clip`."""
        learner = self._learner
        accelerator, objective = learner.accelerator, learner.objective
        rank, processes = accelerator.process_index, accelerator.num_processes
        seed_dropout(learner.seed, number, rank)
        weight = sum(objective.weight(row) for part in parts for row in part)
        total = torch.zeros((), device=accelerator.device)
        for at, part in enumerate(parts):
            mine = part[rank::processes]
            batch = objective.collate(mine or part[:1]).to(accelerator.device)
            # The processes' gradients are averaged; what is wanted is their sum.
            scale = bool(mine) * processes / weight
            random = np.random.default_rng([learner.seed, number, at])
            total += self._learn(batch, random, scale=scale, last=at == len(parts) - 1) * bool(mine)
        accelerator.clip_grad_norm_(learner.parameters, learner.settings.clip)
        return total, weight

    def _learn(self, batch: Batch, random: np.random.Generator, *, scale: float, last: bool) -> torch.Tensor:
        """Add the gradients of a batch.

        Args:
            batch: this process's share.
            random: draws whatever is drawn; begins the same in every process.
            scale: what the gradients are multiplied with.
            last: whether no batch of the step follows.

        Returns:
            The summed loss of the batch, without its graph.
        """
        del random
        with self._adding_up(last=last):
            loss = self._learner.objective.loss(self._learner.model(**batch.inputs), batch)
            self._learner.accelerator.backward(loss * scale)
        return loss.detach()

    def _adding_up(self, *, last: bool) -> AbstractContextManager[None]:
        """Gradients of all processes meet once a step."""
        unmet: AbstractContextManager[None] = self._learner.accelerator.no_sync(self._learner.model)
        return nullcontext() if last else unmet
