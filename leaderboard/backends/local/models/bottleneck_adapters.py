"""Bottleneck adapters: small networks inside the layers of a frozen body (Houlsby et al. 2019).

One is behind the last linear layer of each layer, before the residual is added (once a layer, as Pfeiffer et al. 2021):
x + W_up gelu(W_down x), with W_up initialized to 0. Unlike low-rank updates they cannot be merged into weights. So
`config.json` records their width, and their tensors are saved with the others: `load_module` reads them again.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors import safe_open
from transformers.pytorch_utils import Conv1D

from leaderboard.backends.local.models.layer_stacks import layer_stacks
from leaderboard.backends.local.models.own_parts import BOTTLENECKS
from leaderboard.errors import RequestError

if TYPE_CHECKING:
    from transformers import PreTrainedModel

_NAME = "bottleneck_adapter"


class BottleneckAdapter(torch.nn.Module):
    """A bottleneck and its residual connection: shapes (…, size) to (…, size)."""

    def __init__(self, size: int, width: int) -> None:
        super().__init__()
        self.down = torch.nn.Linear(size, width)
        self.up = torch.nn.Linear(width, size)

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        """Return the states with the output of the bottleneck added."""
        update: torch.Tensor = self.up(torch.nn.functional.gelu(self.down(states)))
        return states + update


def add_bottlenecks(module: "PreTrainedModel", width: int) -> list[torch.nn.Module]:
    """Add adapters to a model that change nothing yet; those that it has already are kept.

    Args:
        module: changed in place.
        width: of the bottlenecks.

    Returns:
        All adapters.

    Raises:
        RequestError: for layers without a linear layer of the right size at their end, or adapters of another width.
    """
    if getattr(module.config, BOTTLENECKS, width) != width:
        raise RequestError(
            f"recipe.rank {width}: the model has bottleneck adapters of width {getattr(module.config, BOTTLENECKS)}"
        )
    adapters = []
    for _, layer in _places(module):
        if not hasattr(layer, _NAME):
            adapter = BottleneckAdapter(_size(layer), width).to(layer.weight.device)
            torch.nn.init.normal_(adapter.down.weight, std=0.02)
            for zero in (adapter.down.bias, adapter.up.weight, adapter.up.bias):
                torch.nn.init.zeros_(zero)
            _attach(layer, adapter)
        adapters.append(getattr(layer, _NAME))
    setattr(module.config, BOTTLENECKS, width)
    return adapters


def read_bottlenecks(module: "PreTrainedModel", folder: Path) -> None:
    """Read the adapters that a model was saved with, where its configuration says that it has some.

    Args:
        module: changed in place.
        folder: of its safetensors.

    Raises:
        RequestError: when tensors of an adapter are missing, or have another size than their layer.
    """
    if getattr(module.config, BOTTLENECKS, None) is None:
        return
    tensors = _tensors(folder)
    for name, layer in _places(module):
        prefix = f"{name}.{_NAME}."
        own = {
            key.removeprefix(prefix): each.to(layer.weight) for key, each in tensors.items() if key.startswith(prefix)
        }
        width = own["down.weight"].shape[0] if "down.weight" in own else 0
        with torch.device("meta"):
            adapter = BottleneckAdapter(_size(layer), width)
        try:
            adapter.load_state_dict(own, assign=True)
        except RuntimeError as error:
            raise RequestError(
                f"{folder}: the bottleneck adapter of {name} is incomplete or of another size"
            ) from error
        _attach(layer, adapter)


def _tensors(folder: Path) -> Mapping[str, torch.Tensor]:
    tensors = {}
    for path in sorted(folder.glob("*.safetensors")):
        with safe_open(path, framework="pt") as file:
            tensors.update({key: file.get_tensor(key) for key in file.keys() if f".{_NAME}." in key})  # noqa: SIM118
    return tensors


def _attach(layer: torch.nn.Module, adapter: torch.nn.Module) -> None:
    setattr(layer, _NAME, adapter)
    layer.register_forward_hook(_apply)


def _apply(layer: torch.nn.Module, _inputs: Any, output: torch.Tensor) -> torch.Tensor:
    """Forward hook of an adapted layer; it holds no state, so that copies of a model have their own adapters."""
    adapted: torch.Tensor = getattr(layer, _NAME)(output)
    return adapted


def _places(module: "PreTrainedModel") -> Iterator[tuple[str, Any]]:
    """Return the last linear layer of each layer of the body, with its name in the model."""
    names = {part: name for name, part in module.named_modules()}
    places: dict[Any, str] = {}
    for stack in layer_stacks(module):
        for layer in stack:
            inner = [
                part
                for name, part in layer.named_modules()
                if isinstance(part, torch.nn.Linear | Conv1D) and _NAME not in name
            ]
            if not inner or _size(inner[-1]) != module.config.get_text_config().hidden_size:
                raise RequestError(
                    f"{type(module).__name__}: its layers do not end in a linear layer that a bottleneck adapter fits\n"
                    "  Use recipe.method lora."
                )
            places[inner[-1]] = names[inner[-1]]
    return ((name, part) for part, name in places.items())


def _size(layer: Any) -> int:
    return int(layer.nf if isinstance(layer, Conv1D) else layer.out_features)
