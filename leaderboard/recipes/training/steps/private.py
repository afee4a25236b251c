"""Private: no example moves the weights by more than noise would hide (DP-SGD, Abadi et al. 2016)."""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch

from leaderboard.recipes.training.encoding import Encoded
from leaderboard.recipes.training.privacy import Privacy
from leaderboard.recipes.training.repeatable import seed_dropout
from leaderboard.recipes.training.steps.step import Learner, Step

_DRAWS, _NOISE = 1, 2
"""What random numbers are for, so that those of one use are not those of the other."""


class Private(Step):
    """Examples are drawn independently; the gradient of each is clipped; normal noise goes on their sum.

    The gradient is (Σ gᵢ · min(1, C / |gᵢ|) + N(0, σ²C²)) / (expected number of examples), over the weights that are
    learned. A step that drew no example is one of noise alone: leaving it out would tell that none was drawn. The
    clipping of all gradients together, which other steps have, is left out.

    Examples go through the model one by one. That takes little memory and holds for every model and objective; on a
    CPU it takes no longer than gradients of whole batches kept apart, on a GPU several times as long.
    """

    def __init__(self, learner: Learner, *, noise: float, clip: float) -> None:
        """Take σ, which may be 0 (no promise then), and C."""
        super().__init__(learner)
        self._noise = noise
        self._clip = clip

    @property
    def _rate(self) -> float:
        return self._learner.examples_a_step / len(self._learner.objective.rows)

    def batches(self, epoch: int) -> list[list[list[int]]]:
        """See `Step`: a Poisson sample for each step, whole; as many steps as would see every example once."""
        rows = len(self._learner.objective.rows)
        random = np.random.default_rng([self._learner.seed, epoch, _DRAWS])
        steps = math.ceil(rows / self._learner.examples_a_step)
        return [[np.flatnonzero(random.random(rows) < self._rate).tolist()] for _ in range(steps)]

    def gradients(self, parts: Sequence[Sequence[Encoded]], number: int) -> tuple[torch.Tensor, float]:
        """See `Step`."""
        learner = self._learner
        accelerator, objective = learner.accelerator, learner.objective
        rank, processes = accelerator.process_index, accelerator.num_processes
        seed_dropout(learner.seed, number, rank)
        drawn = [row for part in parts for row in part]
        sums = [torch.zeros_like(parameter) for parameter in learner.parameters]
        total = torch.zeros((), device=accelerator.device)
        with _sparse_embeddings(learner.module):
            for row in drawn[rank::processes]:
                total += self._add(row, sums)
        random = torch.Generator(accelerator.device)
        (state,) = np.random.SeedSequence([learner.seed, number, _NOISE]).generate_state(1, np.uint64)
        random.manual_seed(int(state))
        for parameter, summed in zip(learner.parameters, sums, strict=True):
            everyones = accelerator.reduce(summed, reduction="sum")
            noise = torch.empty_like(summed).normal_(0, self._noise * self._clip, generator=random)
            parameter.grad = noise.add_(everyones).div_(learner.examples_a_step)
        return total, sum(objective.weight(row) for row in drawn)

    def privacy(self, steps: int) -> Privacy | None:
        """See `Step`."""
        if not self._noise:
            return None
        rows = len(self._learner.objective.rows)
        return Privacy.of(noise=self._noise, clip=self._clip, rate=self._rate, steps=steps, rows=rows)

    def _add(self, row: Encoded, sums: Sequence[torch.Tensor]) -> torch.Tensor:
        """Add the clipped gradients of an example; gives its loss."""
        learner = self._learner
        batch = learner.objective.collate([row]).to(learner.accelerator.device)
        loss = learner.objective.loss(learner.alone(**batch.inputs), batch)
        found = torch.autograd.grad(loss, learner.parameters, allow_unused=True, materialize_grads=True)
        found = tuple(each.coalesce() if each.is_sparse else each for each in found)
        norms = [torch.linalg.vector_norm(each.values() if each.is_sparse else each) for each in found]
        norm = float(torch.linalg.vector_norm(torch.stack(norms)))
        for summed, each in zip(sums, found, strict=True):
            summed.add_(each, alpha=self._clip / max(norm, self._clip))
        return loss.detach()


@contextmanager
def _sparse_embeddings(module: torch.nn.Module) -> Iterator[None]:
    """An example has gradients for the few words it has; without those of all others, a pass takes half the time."""
    dense = [part for part in module.modules() if isinstance(part, torch.nn.Embedding) and not part.sparse]
    for part in dense:
        part.sparse = True
    try:
        yield
    finally:
        for part in dense:
            part.sparse = False
