"""Mixup: two examples are read and answered at once (Zhang et al. 2018; embeddings of words: Guo et al. 2019)."""

import numpy as np
import torch

from leaderboard.recipes.training.embeddings import changed, real_tokens
from leaderboard.recipes.training.encoding import Batch
from leaderboard.recipes.training.steps.plain import Plain
from leaderboard.recipes.training.steps.step import Learner


class Mixup(Plain):
    """Each row of a batch is mixed with another one: λ times its embeddings and loss, 1 - λ times the other's.

    λ is drawn for each batch from Beta(α, α). The mixture is as long as the longer of the two; padding counts as 0 in
    it. Position and type of a token are those of the first row.
    """

    def __init__(self, learner: Learner, alpha: float) -> None:
        super().__init__(learner)
        self._alpha = alpha

    def _learn(self, batch: Batch, random: np.random.Generator, *, scale: float, last: bool) -> torch.Tensor:
        learner = self._learner
        share = float(random.beta(self._alpha, self._alpha))
        order = random.permutation(len(batch.rows))
        there = real_tokens(batch.inputs)
        others = torch.from_numpy(order).to(there.device)
        partners = Batch([batch.rows[at] for at in order], batch.inputs, batch.targets[others])

        def mix(embedded: torch.Tensor) -> torch.Tensor:
            own = embedded * there.unsqueeze(-1)
            return share * own + (1 - share) * own[others]

        inputs = batch.inputs | {"attention_mask": torch.maximum(there, there[others])}
        with self._adding_up(last=last), changed(learner.module, mix):
            logits = learner.model(**inputs)
            loss = share * learner.objective.loss(logits, batch)
            loss = loss + (1 - share) * learner.objective.loss(logits, partners)
            learner.accelerator.backward(loss * scale)
        return loss.detach()
