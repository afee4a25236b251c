"""Alters loaded weights: leaves layers out, sets small weights to 0, keeps weights as integers."""

import copy
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from torch.nn.utils import prune as pruning
from transformers.pytorch_utils import Conv1D

from leaderboard.errors import RequestError
from leaderboard.identity import digest
from leaderboard.models.alteration import Alteration, Quantisation
from leaderboard.models.loaded import LoadedModel
from leaderboard.models.quantising import arithmetic, quantise_linear_layers

if TYPE_CHECKING:
    from transformers import PreTrainedModel


def alter(
    model: LoadedModel,
    *,
    drop_layers: int = 0,
    prune: float = 0.0,
    quantise: Quantisation = Quantisation.NONE,
) -> LoadedModel:
    """A copy of the model with other weights and another identity; the model itself where nothing is to change.

    Layers are left out first, then weights are set to 0, then they are made integers. Embeddings, norms, poolers and
    heads stay as they are: they are few numbers, and small errors in them weigh most.

    Args:
        model: as it was loaded. Others use it too, so it is copied.
        drop_layers: transformer layers left out, from the last one down.
        prune: share of the weights of all linear layers that is set to 0, those of smallest magnitude.
        quantise: how the weights of linear layers are kept.

    Raises:
        RequestError: when the model has too few layers, or this machine cannot alter it so.
        ValueError: when it is altered already.
    """
    alteration = Alteration(drop_layers, prune, quantise)
    if not alteration:
        return model
    if model.alteration:
        raise ValueError(f"{model.name} is altered already")
    if len(set(getattr(model.module, "hf_device_map", {}).values())) > 1:
        raise RequestError(
            f"{model.name} is spread over several devices; drop_layers, prune and quantise need it on one\n"
            "  Name one device, as in --device cuda:0."
        )
    module = copy.deepcopy(model.module)
    try:
        alter_module(module, alteration)
    except RequestError as error:
        raise RequestError(f"{model.name}: {error}") from error
    identity = digest([model.identity, alteration.details, arithmetic(quantise, model.device)])
    return replace(model, identity=identity, module=module, alteration=alteration)


def alter_module(module: "PreTrainedModel", alteration: Alteration) -> None:
    """Alter a module in place.

    Raises:
        RequestError: see `alter`; the module may be altered in part.
    """
    with torch.no_grad():
        if alteration.drop_layers:
            _drop_layers(module, alteration.drop_layers)
        if alteration.prune:
            _prune(module, alteration.prune)
        if alteration.quantise is not Quantisation.NONE:
            quantise_linear_layers(_stacks(module), alteration.quantise, module.device)


def _stacks(module: "PreTrainedModel") -> list[torch.nn.ModuleList]:
    """The lists of layers of the body, in the order of their definition; lists within a layer are not among them."""
    found: list[torch.nn.ModuleList] = []
    inside: set[torch.nn.Module] = set()
    for part in module.base_model.modules():
        if isinstance(part, torch.nn.ModuleList) and len(part) and part not in inside:
            found.append(part)
            inside.update(part.modules())
    return found


def _drop_layers(module: "PreTrainedModel", count: int) -> None:
    """Leave out the last layers; the configuration says so, for exporting and for caches of keys and values."""
    config = module.config.get_text_config()
    layers = getattr(config, "num_hidden_layers", None)
    stacks = [stack for stack in _stacks(module) if len(stack) == layers]
    if layers is None or len(stacks) != 1:
        raise RequestError(f"drop_layers: {type(module).__name__} is not made of a single list of layers")
    if count >= layers:
        raise RequestError(f"drop_layers {count}: it has {layers} layers; at most {layers - 1} can be left out")
    del stacks[0][layers - count :]
    for name, value in list(vars(config).items()):  # what is said of each layer: attention that slides or does not
        if "layer" in name and isinstance(value, list) and len(value) == layers:
            setattr(config, name, value[: layers - count])
    config.num_hidden_layers = layers - count


def _prune(module: "PreTrainedModel", share: float) -> None:
    """Set the weights of smallest magnitude to 0, over all linear layers together (Han et al. 2015).

    They stay numbers like others: neither memory nor time is saved without kernels for sparse weights.
    """
    linear = list(_linear_layers(module))
    if not linear:
        raise RequestError(f"prune: the layers of {type(module).__name__} have no linear layers")
    pruning.global_unstructured(
        [(layer, "weight") for layer in linear], pruning_method=pruning.L1Unstructured, amount=share
    )
    for layer in linear:
        pruning.remove(layer, "weight")  # type: ignore[no-untyped-call]


def _linear_layers(module: "PreTrainedModel") -> Iterator[torch.nn.Module]:
    """The linear layers within the layers of the body, each once; GPT-2 calls its own Conv1D."""
    parts = dict.fromkeys(part for stack in _stacks(module) for part in stack.modules())
    return (part for part in parts if isinstance(part, torch.nn.Linear | Conv1D))
