"""AdversarialStep: a training step on perturbed embeddings with a larger loss."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import torch

from leaderboard.mitigations.adversarial import Adversary
from leaderboard.training.embeddings import changed_embeddings, token_embeddings, token_mask
from leaderboard.training.encoding import TrainingBatch
from leaderboard.training.steps.plain import PlainStep
from leaderboard.training.steps.step import Learner

TOTAL_STEP = 2.5
"""Length of all steps together, in radii: enough to cross the ball (Madry et al. 2018)."""


@dataclass(frozen=True)
class Attack:
    """Gradient ascent on perturbations of the embeddings within a ball around zero.

    Radius and step size refer to one sequence: the Euclidean norm over all its tokens, without padding.

    Attributes:
        shares: weight of the gradient at each perturbation, in their order; they sum to 1.
        radius: radius of the ball, in units of the embeddings.
        step_size: length of a step along the gradient; a step out of the ball is projected onto it.
        random_start: whether the first perturbation is random, or zero.
    """

    shares: tuple[float, ...]
    radius: float
    step_size: float
    random_start: bool

    @classmethod
    def of(cls, kind: Adversary, epsilon: float, steps: int) -> Self:
        """Return the attack of a method; it costs as many passes as it has shares.

        FGM (Miyato et al. 2017): half of the gradient without perturbation, half after one step of the radius. PGD
        (Madry et al. 2018): all of it after `steps` steps. FreeLB (Zhu et al. 2020): equal shares at `steps` steps.
        """
        step_size = TOTAL_STEP * epsilon / steps
        return {
            Adversary.FGM: cls((0.5, 0.5), epsilon, epsilon, random_start=False),
            Adversary.PGD: cls((*[0.0] * steps, 1.0), epsilon, step_size, random_start=True),
            Adversary.FREELB: cls((1 / steps,) * steps, epsilon, step_size, random_start=True),
        }[kind]

    def begin(self, mask: torch.Tensor, width: int) -> torch.Tensor:
        """Return the first perturbation.

        Args:
            mask: 1 for tokens, 0 for padding; shape (sequences, tokens).
            width: width of the embeddings.

        Returns:
            Shape (sequences, tokens, width); uniform numbers, divided by the root of how many they are (Zhu et al.
            2020), so that none lies outside of the ball.
        """
        noise = torch.zeros(*mask.shape, width, device=mask.device)
        if not self.random_start:
            return noise
        sizes = (mask.sum(1) * width).clamp(min=1).sqrt().view(-1, 1, 1)
        return noise.uniform_(-self.radius, self.radius) * mask.unsqueeze(-1) / sizes

    def next(self, perturbation: torch.Tensor, gradient: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Return the perturbation after a step along the gradient; unchanged where that is 0 or not finite."""
        ascent = gradient.float() * mask.unsqueeze(-1)
        norms = _norms(ascent)
        is_usable = norms.isfinite() & (
            norms > 0
        )  # float16 overflows now and then; its loss scaling then skips the step
        perturbed = perturbation + torch.where(is_usable, self.step_size * ascent / norms, 0.0)
        return perturbed * (self.radius / _norms(perturbed).clamp(min=self.radius))


class AdversarialStep(PlainStep):
    """Adversarial training step; dropout is drawn anew for each perturbation."""

    def __init__(self, learner: Learner, attack: Attack) -> None:
        super().__init__(learner)
        self._attack = attack

    def _add_gradients(
        self, batch: TrainingBatch, random: np.random.Generator, *, scale: float, last: bool
    ) -> torch.Tensor:
        del random  # torch draws; it was seeded for this step
        attack, mask = self._attack, token_mask(batch.inputs)
        perturbation = attack.begin(mask, int(token_embeddings(self._learner.module).embedding_dim))  # type: ignore[arg-type]
        total = torch.zeros((), device=mask.device)
        for index, share in enumerate(attack.shares):
            perturbation = perturbation.detach().requires_grad_()
            is_last = index == len(attack.shares) - 1
            if share:
                total += share * self._add_perturbed_gradients(
                    batch, perturbation, scale=scale * share, last=last and is_last
                )
            else:
                perturbation.grad = self._perturbation_gradient(batch, perturbation)
            if not is_last and perturbation.grad is not None:
                perturbation = attack.next(perturbation.detach(), perturbation.grad, mask)
        return total

    def _add_perturbed_gradients(
        self, batch: TrainingBatch, perturbation: torch.Tensor, *, scale: float, last: bool
    ) -> torch.Tensor:
        """Add the gradients of a perturbed batch; the perturbation gets its own gradient."""
        learner = self._learner
        with (
            self._accumulating(last=last),
            changed_embeddings(learner.module, lambda embeddings: _add_perturbation(embeddings, perturbation)),
        ):
            loss = learner.objective.loss(learner.model(**batch.inputs), batch)
            learner.accelerator.backward(loss * scale)
        return loss.detach()

    def _perturbation_gradient(self, batch: TrainingBatch, perturbation: torch.Tensor) -> torch.Tensor:
        """Return the gradient of the perturbation; the weights get none."""
        learner = self._learner
        with changed_embeddings(learner.module, lambda embeddings: _add_perturbation(embeddings, perturbation)):
            loss = learner.objective.loss(learner.unwrapped(**batch.inputs), batch)
            scaled = loss if learner.accelerator.scaler is None else learner.accelerator.scaler.scale(loss)
            gradient: torch.Tensor = torch.autograd.grad(scaled, perturbation)[0]
        return gradient


def _add_perturbation(embeddings: torch.Tensor, perturbation: torch.Tensor) -> torch.Tensor:
    return embeddings + perturbation.to(embeddings.dtype)


def _norms(perturbation: torch.Tensor) -> torch.Tensor:
    """Return the norm of each sequence, shape (sequences, 1, 1)."""
    norms: torch.Tensor = torch.linalg.vector_norm(perturbation, dim=(1, 2), keepdim=True)
    return norms
