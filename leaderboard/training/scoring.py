"""Scoring: loss and score of a model on the search split, computed by all processes together."""

from dataclasses import dataclass

import torch
from accelerate import Accelerator
from accelerate.utils import gather_object

from leaderboard.training.length_bucketing import batches_by_length
from leaderboard.training.objectives.objective import Prediction, TrainingObjective


@dataclass(frozen=True)
class SearchScore:
    """Mean loss and score of a model on the search split."""

    loss: float
    score: float

    def better_than(self, other: "SearchScore") -> bool:
        """Return whether the score is higher, or the loss lower where the scores are equal."""
        return (self.score, -self.loss) > (other.score, -other.loss)


def score_search_split(
    model: torch.nn.Module, objective: TrainingObjective, accelerator: Accelerator, *, batch_size: int
) -> SearchScore:
    """Compute loss and score of a model that returns logits; the result is the same in every process."""
    all_batches = batches_by_length([row.length for row in objective.search], batch_size)
    batches = all_batches[accelerator.process_index :: accelerator.num_processes]
    losses: list[float] = []
    predictions: list[tuple[int, Prediction]] = []
    with torch.inference_mode():
        for indices in batches:
            batch = objective.collate([objective.search[index] for index in indices]).to(accelerator.device)
            logits = model(**batch.inputs).float()
            losses.append(float(objective.loss(logits, batch)))
            predictions += zip(indices, objective.predict(logits, batch), strict=True)
    answers = dict(gather_object(predictions))
    total = sum(gather_object(losses)) / sum(objective.weight(row) for row in objective.search)
    return SearchScore(total, objective.score([(objective.search[index], answers[index]) for index in sorted(answers)]))
