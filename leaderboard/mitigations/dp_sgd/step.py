"""PrivateStep: a training step of DP-SGD (Abadi et al. 2016)."""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch

from leaderboard.training.dp_guarantee import PrivacyGuarantee
from leaderboard.training.encoding import Encoded
from leaderboard.training.reproducibility import seed_dropout
from leaderboard.training.steps.step import Learner, Step

_SAMPLING, _NOISE = 1, 2
"""Purposes of random numbers, so that sampling and noise use different ones."""


class PrivateStep(Step):
    """DP-SGD step: examples are drawn independently, their gradients clipped, and normal noise is added to the sum.

    The gradient is (Σ gᵢ · min(1, C / |gᵢ|) + N(0, σ²C²)) / (expected number of examples), over the trainable weights.
    A step without examples consists of noise alone: leaving it out would reveal that none was drawn. The joint clipping
    of all gradients, which other steps have, is left out.

    Examples go through the model one by one. That takes little memory and holds for every model and objective; on a
    CPU it takes no longer than gradients of whole batches kept apart, on a GPU several times as long.
    """

    def __init__(self, learner: Learner, *, noise: float, clip: float) -> None:
        """Create a step of noise σ, which may be 0 (without a guarantee), and clipping norm C."""
        super().__init__(learner)
        self._noise = noise
        self._clip = clip

    @property
    def _rate(self) -> float:
        return self._learner.examples_per_step / len(self._learner.objective.rows)

    def batches(self, epoch: int) -> list[list[list[int]]]:
        """Return a Poisson sample for each step; as many steps as an ordinary epoch has."""
        rows = len(self._learner.objective.rows)
        random = np.random.default_rng([self._learner.seed, epoch, _SAMPLING])
        steps = math.ceil(rows / self._learner.examples_per_step)
        return [[np.flatnonzero(random.random(rows) < self._rate).tolist()] for _ in range(steps)]

    def gradients(self, parts: Sequence[Sequence[Encoded]], number: int) -> tuple[torch.Tensor, float]:
        """Set the clipped and noisy gradients of the parameters."""
        learner = self._learner
        accelerator, objective = learner.accelerator, learner.objective
        rank, processes = accelerator.process_index, accelerator.num_processes
        seed_dropout(learner.seed, number, rank)
        sampled = [row for part in parts for row in part]
        sums = [torch.zeros_like(parameter) for parameter in learner.parameters]
        total = torch.zeros((), device=accelerator.device)
        with _sparse_embeddings(learner.module):
            for row in sampled[rank::processes]:
                total += self._add(row, sums)
        random = torch.Generator(accelerator.device)
        (state,) = np.random.SeedSequence([learner.seed, number, _NOISE]).generate_state(1, np.uint64)
        random.manual_seed(int(state))
        for parameter, summed in zip(learner.parameters, sums, strict=True):
            total_gradient = accelerator.reduce(summed, reduction="sum")
            noise = torch.empty_like(summed).normal_(0, self._noise * self._clip, generator=random)
            parameter.grad = noise.add_(total_gradient).div_(learner.examples_per_step)
        return total, sum(objective.weight(row) for row in sampled)

    def privacy(self, steps: int) -> PrivacyGuarantee | None:
        """Return the guarantee after a number of steps; None without noise."""
        if not self._noise:
            return None
        rows = len(self._learner.objective.rows)
        return PrivacyGuarantee.of(noise=self._noise, clip=self._clip, rate=self._rate, steps=steps, rows=rows)

    def _add(self, row: Encoded, sums: Sequence[torch.Tensor]) -> torch.Tensor:
        """Add the clipped gradients of an example and return its loss."""
        learner = self._learner
        batch = learner.objective.collate([row]).to(learner.accelerator.device)
        loss = learner.objective.loss(learner.unwrapped(**batch.inputs), batch)
        gradients = torch.autograd.grad(loss, learner.parameters, allow_unused=True, materialize_grads=True)
        gradients = tuple(each.coalesce() if each.is_sparse else each for each in gradients)
        norms = [torch.linalg.vector_norm(each.values() if each.is_sparse else each) for each in gradients]
        norm = float(torch.linalg.vector_norm(torch.stack(norms)))
        for summed, each in zip(sums, gradients, strict=True):
            summed.add_(each, alpha=self._clip / max(norm, self._clip))
        return loss.detach()


@contextmanager
def _sparse_embeddings(module: torch.nn.Module) -> Iterator[None]:
    """Use sparse gradients of embeddings, which halves the time of a pass over a single example."""
    dense = [part for part in module.modules() if isinstance(part, torch.nn.Embedding) and not part.sparse]
    for part in dense:
        part.sparse = True
    try:
        yield
    finally:
        for part in dense:
            part.sparse = False
