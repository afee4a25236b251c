"""Adapters in front of a text: prefix tuning, prompt tuning and P-tuning, turned into virtual tokens of their base.

PEFT saves one tensor for all three. Of a prefix it holds the keys and values of every layer; of the others embeddings,
whose keys and values the base computes once: it is causal, so that no text changes them.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors import safe_open

from leaderboard.backends.local.models.safetensors_header import weight_size
from leaderboard.backends.local.models.virtual_tokens import attach_virtual_tokens, key_shape
from leaderboard.errors import RequestError

if TYPE_CHECKING:
    from transformers import PreTrainedModel

_TENSOR = "prompt_embeddings"
PREFIX = "PREFIX_TUNING"
MOST_TOKENS = 1_024
"""Maximum number of virtual tokens; published adapters have up to 200."""


def put_in_front(module: "PreTrainedModel", path: Path, method: str, source: str) -> None:
    """Put the virtual tokens of an adapter in front of every text of its base.

    Args:
        module: the base, a causal model; changed in place.
        path: of the adapter's safetensors.
        method: PEFT's name of the method.
        source: the adapter, as the user typed it.

    Raises:
        RequestError: for a file without them, or of another size than the base.
    """
    saved = _read(path, source).to(module.dtype)
    config = module.config.get_text_config()
    heads, _, width = key_shape(config, len(saved))
    numbers = 2 * config.num_hidden_layers * heads * width if method == PREFIX else config.hidden_size
    if saved.dim() != 2 or saved.shape[1] != numbers or not 0 < len(saved) <= MOST_TOKENS:  # noqa: PLR2004 - a matrix
        raise RequestError(
            f"{source}: {_TENSOR} has the shape {tuple(saved.shape)}; for this base it is (tokens, {numbers}), with at "
            f"most {MOST_TOKENS} tokens\n  An adapter belongs to the very model it was trained on; name another with "
            "--base."
        )
    if method == PREFIX:
        layers = saved.view(len(saved), 2 * config.num_hidden_layers, heads, width).permute(1, 2, 0, 3)
        keys, values = layers[0::2], layers[1::2]
    else:
        keys, values = _computed(module, saved)
    attach_virtual_tokens(module, keys.contiguous(), values.contiguous())


def _read(path: Path, source: str) -> torch.Tensor:
    weight_size([path], source)
    with safe_open(path, framework="pt") as file:
        if list(file.keys()) != [_TENSOR]:
            raise RequestError(
                f"{source}: {path.name} has to hold one tensor, {_TENSOR}\n  Save it with PEFT's save_pretrained."
            )
        tensor: torch.Tensor = file.get_tensor(_TENSOR)
    return tensor


def _computed(module: Any, embeddings: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the keys and values of embeddings, each of shape (layers, heads, tokens, width)."""
    module.train(mode=False)
    with torch.no_grad():
        layers = module.base_model(inputs_embeds=embeddings[None], use_cache=True).past_key_values.layers
    return torch.cat([layer.keys for layer in layers]), torch.cat([layer.values for layer in layers])
