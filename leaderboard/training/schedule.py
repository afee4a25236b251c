"""Schedule: the learning rate of every step, and parameter groups with and without weight decay."""

import math
from collections.abc import Iterable
from typing import Any

import torch


def learning_rate(step: int, steps: int, *, peak: float, warmup: float) -> float:
    """Return the learning rate of a step: linear warm-up from 0, then linear decay to 0.

    As `transformers.get_linear_schedule_with_warmup`.

    Args:
        step: number of the step, from 0.
        steps: number of steps of the training.
        peak: learning rate at the end of warm-up.
        warmup: share of the steps that warm up, rounded up.
    """
    warmup_steps = math.ceil(warmup * steps)
    if step < warmup_steps:
        return peak * step / warmup_steps
    return peak * (steps - step) / max(1, steps - warmup_steps)


def parameter_groups(parameters: Iterable[torch.nn.Parameter], decay: float) -> list[dict[str, Any]]:
    """Group trainable parameters for AdamW (Loshchilov & Hutter 2019): matrices decay; biases and norms do not."""
    trainable = [parameter for parameter in parameters if parameter.requires_grad]
    return [
        {"params": [each for each in trainable if each.ndim > 1], "weight_decay": decay},
        {"params": [each for each in trainable if each.ndim <= 1], "weight_decay": 0.0},
    ]
