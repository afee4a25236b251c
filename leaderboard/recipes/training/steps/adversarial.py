"""Adversarial: the embeddings are moved to where the loss is larger, and that is learned from."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import torch

from leaderboard.recipes.training.embeddings import changed, real_tokens, token_embeddings
from leaderboard.recipes.training.encoding import Batch
from leaderboard.recipes.training.settings import Adversary
from leaderboard.recipes.training.steps.plain import Plain
from leaderboard.recipes.training.steps.step import Learner

REACH = 2.5
"""All moves together, in radii: enough to come from anywhere in the ball to anywhere on it (Madry et al. 2018)."""


@dataclass(frozen=True)
class Attack:
    """A walk over perturbations of the embeddings, uphill, within a ball around none.

    The ball and the moves are those of one sequence: the Euclidean norm over all its tokens, without padding.

    Attributes:
        shares: how much of the weights' gradient is taken at each place of the walk; 1 together.
        radius: of the ball, in units of the embeddings.
        move: from one place to the next, along the gradient; what leads out of the ball ends on it.
        scattered: whether it begins anywhere in the ball, or at no perturbation.
    """

    shares: tuple[float, ...]
    radius: float
    move: float
    scattered: bool

    @classmethod
    def of(cls, kind: Adversary, epsilon: float, steps: int) -> Self:
        """The attack of a name; it costs as many passes as it has places.

        FGM (Miyato et al. 2017): half of the gradient without perturbation, half after one move of the radius. PGD
        (Madry et al. 2018): all of it after `steps` moves. FreeLB (Zhu et al. 2020): equal shares at `steps` places.
        """
        move = REACH * epsilon / steps
        return {
            Adversary.FGM: cls((0.5, 0.5), epsilon, epsilon, scattered=False),
            Adversary.PGD: cls((*[0.0] * steps, 1.0), epsilon, move, scattered=True),
            Adversary.FREELB: cls((1 / steps,) * steps, epsilon, move, scattered=True),
        }[kind]

    def begin(self, there: torch.Tensor, width: int) -> torch.Tensor:
        """The first perturbation.

        Args:
            there: 1 for tokens, 0 for padding; shape (sequences, tokens).
            width: of embeddings.

        Returns:
            Shape (sequences, tokens, width); uniform numbers, divided by the root of how many they are (Zhu et al.
            2020), so that none lies outside of the ball.
        """
        drawn = torch.zeros(*there.shape, width, device=there.device)
        if not self.scattered:
            return drawn
        sizes = (there.sum(1) * width).clamp(min=1).sqrt().view(-1, 1, 1)
        return drawn.uniform_(-self.radius, self.radius) * there.unsqueeze(-1) / sizes

    def next(self, perturbation: torch.Tensor, gradient: torch.Tensor, there: torch.Tensor) -> torch.Tensor:
        """The perturbation after a move along the gradient; where that is 0 or no number, the same."""
        uphill = gradient.float() * there.unsqueeze(-1)
        norms = _norms(uphill)
        known = norms.isfinite() & (norms > 0)  # float16 overflows now and then; its loss scaling then skips the step
        moved = perturbation + torch.where(known, self.move * uphill / norms, 0.0)
        return moved * (self.radius / _norms(moved).clamp(min=self.radius))


class Adversarial(Plain):
    """Dropout is drawn anew at each place of the walk."""

    def __init__(self, learner: Learner, attack: Attack) -> None:
        super().__init__(learner)
        self._attack = attack

    def _learn(self, batch: Batch, random: np.random.Generator, *, scale: float, last: bool) -> torch.Tensor:
        del random  # torch draws; it was seeded for this step
        attack, there = self._attack, real_tokens(batch.inputs)
        perturbation = attack.begin(there, int(token_embeddings(self._learner.module).embedding_dim))  # type: ignore[arg-type]
        total = torch.zeros((), device=there.device)
        for place, share in enumerate(attack.shares):
            perturbation = perturbation.detach().requires_grad_()
            ends = place == len(attack.shares) - 1
            if share:
                total += share * self._learn_at(batch, perturbation, scale=scale * share, last=last and ends)
            else:
                perturbation.grad = self._uphill(batch, perturbation)
            if not ends and perturbation.grad is not None:
                perturbation = attack.next(perturbation.detach(), perturbation.grad, there)
        return total

    def _learn_at(self, batch: Batch, perturbation: torch.Tensor, *, scale: float, last: bool) -> torch.Tensor:
        """Add the gradients of a perturbed batch; the perturbation gets its own."""
        learner = self._learner
        with self._adding_up(last=last), changed(learner.module, lambda embedded: _plus(embedded, perturbation)):
            loss = learner.objective.loss(learner.model(**batch.inputs), batch)
            learner.accelerator.backward(loss * scale)
        return loss.detach()

    def _uphill(self, batch: Batch, perturbation: torch.Tensor) -> torch.Tensor:
        """The gradient of the perturbation; the weights get none."""
        learner = self._learner
        with changed(learner.module, lambda embedded: _plus(embedded, perturbation)):
            loss = learner.objective.loss(learner.alone(**batch.inputs), batch)
            scaled = loss if learner.accelerator.scaler is None else learner.accelerator.scaler.scale(loss)
            gradient: torch.Tensor = torch.autograd.grad(scaled, perturbation)[0]
        return gradient


def _plus(embedded: torch.Tensor, perturbation: torch.Tensor) -> torch.Tensor:
    return embedded + perturbation.to(embedded.dtype)


def _norms(perturbation: torch.Tensor) -> torch.Tensor:
    """Of each sequence, shape (sequences, 1, 1)."""
    norms: torch.Tensor = torch.linalg.vector_norm(perturbation, dim=(1, 2), keepdim=True)
    return norms
