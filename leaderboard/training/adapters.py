"""Adapters: updates of few numbers that are trained in place of a model's weights."""

import warnings
from collections.abc import Sequence
from typing import Any

import torch
from transformers import PreTrainedModel
from transformers.pytorch_utils import Conv1D

from leaderboard.backends.local.models.adapter_unloading import merge_and_unload
from leaderboard.backends.local.models.bottleneck_adapters import add_bottlenecks
from leaderboard.errors import RequestError
from leaderboard.training.adapter_settings import AdapterMethod


def add_adapters(
    module: PreTrainedModel,
    *,
    rank: int,
    alpha: int,
    dropout: float = 0.0,
    method: AdapterMethod = AdapterMethod.LORA,
    targets: Sequence[str] = (),
    trains_head: bool = True,
    seed: int = 0,
) -> Any:
    """Freeze a model and add adapters to it; a fresh head is trained in full.

    The low-rank update of a matrix of shape (m, n) is alpha / rank · B A, with B of shape (m, rank), initialized to 0,
    and A of shape (rank, n). With `adalora` it is B E A, where E is diagonal, begins with 1.5 times the rank, and is
    cut to it (see `RankAllocation`). With `ia3` outputs are multiplied by a vector, which begins at 1.

    Args:
        module: model with a head; changed in place.
        rank: rank of the update.
        alpha: scale of the update.
        dropout: dropout of the inputs of A.
        method: method of the adapters; `ia3` has neither rank nor scale, and `bottleneck` no scale.
        targets: names of the layers that get one, or the last parts of their names (`query`); none for every linear
            layer of the body.
        trains_head: whether the head is fresh. That of a language model is not, and often has the weights of the
            embeddings.
        seed: seed of the initial A.

    Returns:
        The model to be trained; `merge_adapters` makes an ordinary one of it.

    Raises:
        RequestError: when no layer has one of the names.
    """
    from peft import get_peft_model  # noqa: PLC0415 - slow to import

    head_names = module_heads(module)
    layers = _linear_layers(module, head_names)
    trained_heads = head_names if trains_head else []
    for target in targets:
        if not any(_matches(layer, target) for layer in layers):
            names = ", ".join(sorted({layer.rpartition(".")[2] for layer in layers}))
            raise RequestError(f"recipe.targets {target}: the model has no such linear layer\n  Its layers: {names}")
    if method is AdapterMethod.BOTTLENECK:
        return _with_bottlenecks(module, trained_heads, rank, seed)
    targeted = [layer for layer in layers if not targets or any(_matches(layer, each) for each in targets)]
    config = _peft_config(method, module, targeted, rank=rank, alpha=alpha, dropout=dropout, heads=trained_heads)
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # between peft and transformers
        torch.manual_seed(seed)
        return get_peft_model(module, config)


def merge_adapters(module: Any) -> PreTrainedModel:
    """Add the updates of the adapters to the weights and return a model in evaluation mode; bottlenecks stay in it."""
    merged: PreTrainedModel = merge_and_unload(module) if hasattr(module, "merge_and_unload") else module
    for parameter in merged.parameters():
        parameter.requires_grad = True
    merged.train(mode=False)
    return merged


def _peft_config(
    method: AdapterMethod,
    module: PreTrainedModel,
    layers: Sequence[str],
    *,
    rank: int,
    alpha: int,
    dropout: float,
    heads: list[str],
) -> Any:
    import peft  # noqa: PLC0415 - slow to import

    transposed = any(isinstance(part, Conv1D) for part in module.modules())
    shared: dict[str, Any] = {"modules_to_save": heads, "fan_in_fan_out": transposed}
    if method is AdapterMethod.IA3:
        scaled, inputs = _scaled_layers(module, layers)
        return peft.IA3Config(target_modules=scaled, feedforward_modules=inputs, **shared)
    shared |= {"target_modules": list(layers), "lora_alpha": alpha, "lora_dropout": dropout}
    if method is AdapterMethod.ADALORA:
        # `RankAllocation` sets the number of steps, which is known once the training begins.
        return peft.AdaLoraConfig(init_r=rank + (rank + 1) // 2, target_r=rank, total_step=1, **shared)
    return peft.LoraConfig(r=rank, **shared)


def _scaled_layers(module: PreTrainedModel, layers: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the layers that IA³ scales, and those of them whose inputs it scales rather than their outputs.

    They are keys, values and the hidden units of feed-forward layers, for the families that PEFT lists; the outputs of
    all linear layers for others.
    """
    from peft.utils import constants  # noqa: PLC0415 - slow to import

    family = str(module.config.model_type)
    names = constants.TRANSFORMERS_MODELS_TO_IA3_TARGET_MODULES_MAPPING.get(family, ())
    inner = constants.TRANSFORMERS_MODELS_TO_IA3_FEEDFORWARD_MODULES_MAPPING.get(family, ())
    scaled = [layer for layer in layers if any(_matches(layer, name) for name in names)]
    inputs = [layer for layer in scaled if any(_matches(layer, name) for name in inner)]
    return (scaled, inputs) if scaled else (list(layers), [])


def _with_bottlenecks(module: PreTrainedModel, heads: Sequence[str], width: int, seed: int) -> PreTrainedModel:
    for parameter in module.parameters():
        parameter.requires_grad = False
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        trained = add_bottlenecks(module, width)
    for part in (*trained, *(module.get_submodule(name) for name in heads)):
        part.requires_grad_(requires_grad=True)
    return module


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
