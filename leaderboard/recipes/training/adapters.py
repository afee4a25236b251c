"""Adapters: low-rank changes that are learned in place of a model's matrices (LoRA, Hu et al. 2021)."""

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
    """Freeze a model and put adapters on its linear layers; its head is learned whole.

    The change of a matrix of shape (m, n) is alpha / rank · B A, with B of (m, rank), which begins as 0, and A of
    (rank, n).

    Args:
        module: with a head; changed in place.
        rank: of the change.
        alpha: scales it.
        dropout: of what goes into A.
        targets: names of the layers that get one, or the last parts of their names (`query`); none for every linear
            layer of the body.
        seed: of the first A.

    Returns:
        The model to be trained; `merge` makes an ordinary one of it.

    Raises:
        RequestError: when no layer has such a name.
    """
    from peft import LoraConfig, get_peft_model  # noqa: PLC0415 - slow to import

    tops = heads(module)
    layers = _linear_layers(module, tops)
    for target in targets:
        if not any(_named(layer, target) for layer in layers):
            known = ", ".join(sorted({layer.rpartition(".")[2] for layer in layers}))
            raise RequestError(f"recipe.targets {target}: the model has no such linear layer\n  Its layers: {known}")
    config = LoraConfig(
        r=rank,
        lora_alpha=alpha,
        lora_dropout=dropout,
        target_modules=[layer for layer in layers if not targets or any(_named(layer, each) for each in targets)],
        modules_to_save=tops,
        fan_in_fan_out=any(isinstance(part, Conv1D) for part in module.modules()),
    )
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # between peft and transformers
        torch.manual_seed(seed)
        return get_peft_model(module, config)


def merge(module: Any) -> PreTrainedModel:
    """The model with what its adapters learned added to its matrices: an ordinary one again, in evaluation mode."""
    merged = module.merge_and_unload(safe_merge=True)
    for parameter in merged.parameters():
        parameter.requires_grad = True
    return cast("PreTrainedModel", merged.train(mode=False))


def heads(module: PreTrainedModel) -> list[str]:
    """The parts that stand on top of the body's hidden states; the pooler is one, though it is named with the body."""
    body = module.base_model_prefix
    own = [name for name, part in module.named_children() if name != body and any(True for _ in part.parameters())]
    return own + [f"{body}.{name}" for name, _ in getattr(module, body).named_children() if name == "pooler"]


def _linear_layers(module: PreTrainedModel, tops: Sequence[str]) -> list[str]:
    found = [name for name, part in module.named_modules() if isinstance(part, torch.nn.Linear | Conv1D)]
    return [name for name in found if not any(name == top or name.startswith(f"{top}.") for top in tops)]


def _named(layer: str, target: str) -> bool:
    return layer == target or layer.endswith(f".{target}")
