"""Schedule: the learning rate of every step, and parameter groups with and without weight decay."""

import math
from typing import Any

import torch

_FACTOR = ".ia3_l."
"""Part of the names of the factors of IA³ in PEFT."""


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


def parameter_groups(module: torch.nn.Module, decay: float) -> list[dict[str, Any]]:
    """Group trainable parameters for AdamW (Loshchilov & Hutter 2019): matrices decay; biases and norms do not.

    Nor do the factors of IA³, which multiply states and begin at 1: decay to 0 would take away what the body computes.
    Liu et al. (2022) train them without decay. PEFT keeps them as matrices with one row or column.
    """
    trainable = [(name, each) for name, each in module.named_parameters() if each.requires_grad]
    decaying = [each for name, each in trainable if each.ndim > 1 and _FACTOR not in name]
    constant = [each for name, each in trainable if each.ndim <= 1 or _FACTOR in name]
    return [{"params": decaying, "weight_decay": decay}, {"params": constant, "weight_decay": 0.0}]
