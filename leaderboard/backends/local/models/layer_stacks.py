"""Layers of a model's body, and the linear layers within them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import torch
from transformers.pytorch_utils import Conv1D

if TYPE_CHECKING:
    from transformers import PreTrainedModel


def layer_stacks(module: "PreTrainedModel") -> list[torch.nn.ModuleList]:
    """Return the lists of layers of the body, in the order of their definition, without lists inside a layer."""
    stacks: list[torch.nn.ModuleList] = []
    nested: set[torch.nn.Module] = set()
    for part in module.base_model.modules():
        if isinstance(part, torch.nn.ModuleList) and len(part) and part not in nested:
            stacks.append(part)
            nested.update(part.modules())
    return stacks


def linear_layers(module: "PreTrainedModel") -> Iterator[torch.nn.Module]:
    """Return the linear layers within the layers of the body, each once; those of GPT-2 are Conv1D."""
    parts = dict.fromkeys(part for stack in layer_stacks(module) for part in stack.modules())
    return (part for part in parts if isinstance(part, torch.nn.Linear | Conv1D))
