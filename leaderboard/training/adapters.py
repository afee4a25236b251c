"""Adapters: low-rank updates that are trained in place of a model's weight matrices (LoRA, Hu et al. 2021)."""

import warnings
from collections.abc import Sequence
from typing import Any, cast

import torch
from transformers import PreTrainedModel
from transformers.pytorch_utils import Conv1D

from leaderboard.errors import RequestError


def add_adapters(
    module: PreTrainedModel,
    *,
    rank: int,
    alpha: int,
    dropout: float = 0.0,
    targets: Sequence[str] = (),
    seed: int = 0,
) -> Any:
    """Freeze a model and add low-rank adapters to its linear layers; its head is trained in full.

    The update of a matrix of shape (m, n) is alpha / rank · B A, with B of shape (m, rank), initialized to 0, and A of
    shape (rank, n).

    Args:
        module: model with a head; changed in place.
        rank: rank of the update.
        alpha: scale of the update.
        dropout: dropout of the inputs of A.
        targets: names of the layers that get one, or the last parts of their names (`query`); none for every linear
            layer of the body.
        seed: seed of the initial A.

    Returns:
        The model to be trained; `merge_adapters` makes an ordinary one of it.

    Raises:
        RequestError: when no layer has one of the names.
    """
    from peft import LoraConfig, get_peft_model  # noqa: PLC0415 - slow to import

    head_names = module_heads(module)
    layers = _linear_layers(module, head_names)
    for target in targets:
        if not any(_matches(layer, target) for layer in layers):
            names = ", ".join(sorted({layer.rpartition(".")[2] for layer in layers}))
            raise RequestError(f"recipe.targets {target}: the model has no such linear layer\n  Its layers: {names}")
    config = LoraConfig(
        r=rank,
        lora_alpha=alpha,
        lora_dropout=dropout,
        target_modules=[layer for layer in layers if not targets or any(_matches(layer, each) for each in targets)],
        modules_to_save=head_names,
        fan_in_fan_out=any(isinstance(part, Conv1D) for part in module.modules()),
    )
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # between peft and transformers
        torch.manual_seed(seed)
        return get_peft_model(module, config)


def merge_adapters(module: Any) -> PreTrainedModel:
    """Add the updates of the adapters to the weights and return an ordinary model in evaluation mode."""
    merged = module.merge_and_unload(safe_merge=True)
    for parameter in merged.parameters():
        parameter.requires_grad = True
    return cast("PreTrainedModel", merged.train(mode=False))


def module_heads(module: PreTrainedModel) -> list[str]:
    """Return the names of the modules on top of the body's hidden states, including the pooler."""
    body = module.base_model_prefix
    names = [name for name, part in module.named_children() if name != body and any(True for _ in part.parameters())]
    return names + [f"{body}.{name}" for name, _ in getattr(module, body).named_children() if name == "pooler"]


def _linear_layers(module: PreTrainedModel, head_names: Sequence[str]) -> list[str]:
    names = [name for name, part in module.named_modules() if isinstance(part, torch.nn.Linear | Conv1D)]
    return [name for name in names if not any(name == head or name.startswith(f"{head}.") for head in head_names)]


def _matches(layer: str, target: str) -> bool:
    return layer == target or layer.endswith(f".{target}")
