"""MixupStep: a training step on mixed embeddings (Zhang et al. 2018; word embeddings: Guo et al. 2019)."""

import numpy as np
import torch

from leaderboard.training.embeddings import changed_embeddings, token_mask
from leaderboard.training.encoding import TrainingBatch
from leaderboard.training.steps.plain import PlainStep
from leaderboard.training.steps.step import Learner


class MixupStep(PlainStep):
    """Mixup step: λ times the embeddings and loss of each row, plus 1 - λ times those of another row.

    λ is drawn for each batch from Beta(α, α). The mixture is as long as the longer of the two; padding counts as 0 in
    it. Position and type of a token are those of the first row.
    """

    def __init__(self, learner: Learner, alpha: float) -> None:
        super().__init__(learner)
        self._alpha = alpha

    def _add_gradients(
        self, batch: TrainingBatch, random: np.random.Generator, *, scale: float, last: bool
    ) -> torch.Tensor:
        learner = self._learner
        weight = float(random.beta(self._alpha, self._alpha))
        order = random.permutation(len(batch.rows))
        mask = token_mask(batch.inputs)
        others = torch.from_numpy(order).to(mask.device)
        partners = TrainingBatch([batch.rows[index] for index in order], batch.inputs, batch.targets[others])

        def mix(embeddings: torch.Tensor) -> torch.Tensor:
            masked = embeddings * mask.unsqueeze(-1)
            return weight * masked + (1 - weight) * masked[others]

        inputs = batch.inputs | {"attention_mask": torch.maximum(mask, mask[others])}
        with self._accumulating(last=last), changed_embeddings(learner.module, mix):
            logits = learner.model(**inputs)
            loss = weight * learner.objective.loss(logits, batch)
            loss = loss + (1 - weight) * learner.objective.loss(logits, partners)
            learner.accelerator.backward(loss * scale)
        return loss.detach()
