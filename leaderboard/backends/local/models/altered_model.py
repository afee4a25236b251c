"""Alteration of loaded weights: a copy of a model with other weights and its own identity."""

import copy
from dataclasses import replace
from typing import TYPE_CHECKING

import torch

from leaderboard.backends.local.models.alteration import Alteration
from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.errors import RequestError
from leaderboard.identity import digest

if TYPE_CHECKING:
    from transformers import PreTrainedModel


def alter(model: LoadedModel, alteration: Alteration) -> LoadedModel:
    """Return a copy of the model with other weights and another identity; the model itself without changes.

    Embeddings, norms, poolers and heads stay as they are: they are few numbers, and small errors in them weigh most.

    Args:
        model: The loaded model, which is copied.
        alteration: The changes, in their order.

    Raises:
        RequestError: If the model has too few layers, or this machine does not support the change.
        ValueError: If it is altered already.
    """
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
    identity = digest([model.identity, alteration.details, alteration.arithmetic(model.device)])
    notes = (*model.notes, *alteration.notes(model.device))
    return replace(model, identity=identity, module=module, alteration=alteration, notes=notes)


def alter_module(module: "PreTrainedModel", alteration: Alteration) -> None:
    """Alter a module in place.

    Raises:
        RequestError: If the change is not supported; the module may be altered in part.
    """
    with torch.no_grad():
        for change in alteration.changes:
            change.alter(module)
