"""Schedule: the learning rate of every step, and which weights decay."""

import math
from collections.abc import Iterable
from typing import Any

import torch


def learning_rate(step: int, steps: int, *, highest: float, warmup: float) -> float:
    """Linear warm-up from 0, then linear decay to 0, as `transformers.get_linear_schedule_with_warmup`.

    Args:
        step: from 0.
        steps: of the whole training.
        highest: where warm-up ends.
        warmup: share of the steps, rounded up.
    """
    rising = math.ceil(warmup * steps)
    if step < rising:
        return highest * step / rising
    return highest * (steps - step) / max(1, steps - rising)


def parameter_groups(parameters: Iterable[torch.nn.Parameter], decay: float) -> list[dict[str, Any]]:
    """Trainable parameters for AdamW (Loshchilov & Hutter 2019): matrices decay; vectors (biases, norms) do not."""
    trainable = [parameter for parameter in parameters if parameter.requires_grad]
    return [
        {"params": [each for each in trainable if each.ndim > 1], "weight_decay": decay},
        {"params": [each for each in trainable if each.ndim <= 1], "weight_decay": 0.0},
    ]
