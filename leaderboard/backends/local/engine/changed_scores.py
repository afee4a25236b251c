"""Changed scores: a differentiable function of the log-probabilities of a text, whatever model computes them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import torch

from leaderboard.backends.local.engine.text_scores import TextScores


def changed_scores(scores: TextScores, change: Callable[[torch.Tensor], torch.Tensor]) -> TextScores:
    """Return scores whose log-probabilities are changed, as temperature or another order of the classes does.

    Args:
        scores: scores of a classifier or tagger.
        change: differentiable function of log-probabilities, the classes in their last dimension.
    """

    def changed(outputs: Sequence[Any], masks: Sequence[torch.Tensor]) -> torch.Tensor:
        return change(scores.log_probabilities(outputs, masks))

    return replace(scores, log_probabilities=changed)


def two_sided(log_odds: torch.Tensor) -> torch.Tensor:
    """Return the log-probabilities of an answer and of all others: shapes (points,) to (points, 2)."""
    return torch.nn.functional.logsigmoid(torch.stack([log_odds, -log_odds], dim=-1))
