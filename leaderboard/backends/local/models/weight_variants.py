"""Variants of a loaded model: the same architecture with random weights, or with noise on its embeddings."""

import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch

from leaderboard.backends.local.models.encoder_decoder import is_encoder_decoder
from leaderboard.backends.local.models.forward_inputs import accept_all_inputs, attend_in_full
from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.errors import NotMeasurableError, as_exceptions, reason_of
from leaderboard.identity import digest

if TYPE_CHECKING:
    from transformers import PreTrainedModel


def with_random_weights(model: LoadedModel, seed: int) -> LoadedModel:
    """Return a model of the same architecture with all weights as its initialisation draws them.

    Args:
        model: any.
        seed: seed of the weights.

    Raises:
        NotMeasurableError: for weights that the architecture alone does not describe, such as quantised ones.
    """
    original = model.module
    _require_one_device(model)
    try:
        with as_exceptions(), torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            module = type(original)(copy.deepcopy(original.config))
    except Exception as error:
        raise NotMeasurableError(f"its weights cannot be drawn again: {reason_of(error)}") from error
    if _shapes(module) != _shapes(original):
        raise NotMeasurableError("its weights cannot be drawn again: they were quantised, cut or given further parts")
    torch.nn.Module.to(module, model.device, model.dtype)
    module.train(mode=False).requires_grad_(requires_grad=False)
    accept_all_inputs(module)
    attend_in_full(module)
    module.config.use_cache = False  # as of loaded models
    return replace(model, module=module, identity=digest([model.identity, "random weights", seed]))


def with_embedding_noise(model: LoadedModel, radius: float, seed: int) -> LoadedModel:
    """Return a model that reads other embeddings of its tokens; all other weights are shared with the given one.

    Each number of the table is moved by a uniform one between ± radius × the standard deviation of the table, which is
    a point of the L∞ ball around the embeddings of any text. A head that has the table for its weights keeps the old
    one.

    Args:
        model: any.
        radius: largest noise, in standard deviations of the table.
        seed: seed of the noise.

    Raises:
        NotMeasurableError: for a model that has no table of embeddings.
    """
    _require_one_device(model)
    table = model.text_embeddings
    weight = getattr(table, "weight", None)
    if not isinstance(weight, torch.Tensor) or not weight.is_floating_point():
        raise NotMeasurableError("it has no table of embeddings that noise could be added to")
    generator = torch.Generator().manual_seed(seed)
    noise = (2 * torch.rand(weight.shape, generator=generator) - 1) * radius * float(weight.detach().float().std())
    shared = {id(tensor): tensor for tensor in (*model.module.parameters(), *model.module.buffers())}
    noisy_table = copy.deepcopy(table, dict(shared))
    noisy_table.weight = torch.nn.Parameter(
        weight.detach() + noise.to(weight.device, weight.dtype), requires_grad=False
    )
    module = copy.deepcopy(model.module, dict(shared))
    variant = replace(model, module=module, identity=digest([model.identity, "embedding noise", radius, seed]))
    reads: Any = variant.body if is_encoder_decoder(module) else module
    try:
        with as_exceptions():
            reads.set_input_embeddings(noisy_table)
    except Exception as error:
        raise NotMeasurableError(f"its embeddings cannot be replaced: {reason_of(error)}") from error
    return variant


def _shapes(module: "PreTrainedModel") -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in module.named_parameters()}


def _require_one_device(model: LoadedModel) -> None:
    if len(set(getattr(model.module, "hf_device_map", {}).values())) > 1:
        raise NotMeasurableError("it is spread over several devices; name one, as in --device cuda:0")
