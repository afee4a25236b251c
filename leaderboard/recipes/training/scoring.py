"""Scoring: loss and score of a model on the search split, shared out to all processes."""

from dataclasses import dataclass

import torch
from accelerate import Accelerator
from accelerate.utils import gather_object

from leaderboard.recipes.training.buckets import by_length
from leaderboard.recipes.training.objective import Objective, Prediction


@dataclass(frozen=True)
class Scored:
    """How good a model is on the search split: its mean loss, and its score."""

    loss: float
    score: float

    def better_than(self, other: "Scored") -> bool:
        """By the score, and by the loss where two scores are equal."""
        return (self.score, -self.loss) > (other.score, -other.loss)


def scored(model: torch.nn.Module, objective: Objective, accelerator: Accelerator, *, batch_size: int) -> Scored:
    """Loss and score of a model that gives logits, the same in every process."""
    order = by_length([row.length for row in objective.search], batch_size)
    mine = order[accelerator.process_index :: accelerator.num_processes]
    losses: list[float] = []
    found: list[tuple[int, Prediction]] = []
    with torch.inference_mode():
        for indices in mine:
            batch = objective.collate([objective.search[index] for index in indices]).to(accelerator.device)
            logits = model(**batch.inputs).float()
            losses.append(float(objective.loss(logits, batch)))
            found += zip(indices, objective.predict(logits, batch), strict=True)
    answers = dict(gather_object(found))
    total = sum(gather_object(losses)) / sum(objective.weight(row) for row in objective.search)
    return Scored(total, objective.score([(objective.search[index], answers[index]) for index in sorted(answers)]))
