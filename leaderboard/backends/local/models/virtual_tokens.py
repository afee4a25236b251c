"""Virtual tokens: learned keys and values in front of every text of a causal model (Li & Liang 2021).

They are what remains of a prefix, a prompt or a P-tuning adapter: every token attends to them, and texts are numbered
from behind them. `config.json` records how many they are, and their tensors are saved with the others: `load_module`
reads them again. A hook puts them in front of whatever the body reads, so that batches, padding on either side, shared
beginnings, and generation see one more prefix.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors import safe_open
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer

from leaderboard.backends.local.models.own_parts import VIRTUAL_TOKENS
from leaderboard.errors import RequestError

if TYPE_CHECKING:
    from transformers import PreTrainedModel

_NAME = "virtual_tokens"


class VirtualTokens(torch.nn.Module):
    """Keys and values of virtual tokens.

    Attributes:
        keys: shape (layers, heads, tokens, width).
        values: likewise.
    """

    keys: torch.Tensor
    values: torch.Tensor

    def __init__(self, keys: torch.Tensor, values: torch.Tensor) -> None:
        super().__init__()
        self.register_buffer("keys", keys)
        self.register_buffer("values", values)

    def put_in_front(self, inputs: dict[str, Any], layers: int) -> None:
        """Change the arguments of a body: its cache, its attention mask and its positions.

        Args:
            inputs: arguments by name. A cache that has something in it begins with the virtual tokens already.
            layers: of the body, whose last ones may have been removed.
        """
        read = inputs["input_ids"] if inputs.get("input_ids") is not None else inputs["inputs_embeds"]
        cache = inputs.get("past_key_values")
        if cache is None:
            cache = inputs["past_key_values"] = DynamicCache()
        if cache.get_seq_length() == 0:
            for index, (keys, values) in enumerate(zip(self.keys[:layers], self.values[:layers], strict=True)):
                cache.update(keys.expand(len(read), -1, -1, -1), values.expand(len(read), -1, -1, -1), index)
        count = self.keys.shape[-2]
        if (mask := inputs.get("attention_mask")) is not None:
            shown = 0 if mask.is_floating_point() and mask.dim() > 2 else 1  # noqa: PLR2004 - added to scores, or a flag
            inputs["attention_mask"] = torch.nn.functional.pad(mask, (count, 0), value=shown)
        if inputs.get("position_ids") is not None:
            inputs["position_ids"] = inputs["position_ids"] + count


def attach_virtual_tokens(module: "PreTrainedModel", keys: torch.Tensor, values: torch.Tensor) -> None:
    """Let a causal model read virtual tokens before every text.

    Args:
        module: changed in place.
        keys: shape (layers, heads, tokens, width).
        values: likewise.

    Raises:
        RequestError: for a model that does not attend to all tokens before one.
    """
    layers = DynamicCache(config=module.config).layers
    if not layers or any(type(layer) is not DynamicLayer for layer in layers):
        raise RequestError(
            f"{type(module).__name__} does not attend to all tokens before one (sliding windows, states), so virtual "
            "tokens cannot be put in front of its texts"
        )
    setattr(module.config, VIRTUAL_TOKENS, int(keys.shape[-2]))
    body: Any = module.base_model
    setattr(body, _NAME, VirtualTokens(keys, values).to(device=module.device, dtype=module.dtype))
    body.register_forward_pre_hook(_put_in_front, with_kwargs=True)


def read_virtual_tokens(module: "PreTrainedModel", folder: Path) -> None:
    """Read the virtual tokens that a model was saved with, where its configuration says that it has some.

    Args:
        module: changed in place.
        folder: of its safetensors.

    Raises:
        RequestError: when their tensors are missing, or of another size than the model.
    """
    count = getattr(module.config, VIRTUAL_TOKENS, None)
    if count is None:
        return
    tensors: dict[str, torch.Tensor] = {}
    for path in sorted(folder.glob("*.safetensors")):
        with safe_open(path, framework="pt") as file:
            names = [name for name in file.keys() if f"{_NAME}." in name]  # noqa: SIM118 - no mapping
            tensors |= {name.rpartition(".")[2]: file.get_tensor(name) for name in names}
    keys, values = (tensors.get(name, torch.empty(0)) for name in ("keys", "values"))
    config = module.config.get_text_config()
    keys, values = keys[: config.num_hidden_layers], values[: config.num_hidden_layers]
    if not keys.shape == values.shape == torch.Size((config.num_hidden_layers, *key_shape(config, count))):
        raise RequestError(f"{folder}: the virtual tokens are missing, or of another size than the model")
    attach_virtual_tokens(module, keys, values)


def virtual_token_count(module: "PreTrainedModel") -> int:
    """Return the number of virtual tokens that stand in front of every text; 0 for most models."""
    return int(getattr(module.config, VIRTUAL_TOKENS, None) or 0)


def key_shape(config: Any, count: int) -> tuple[int, int, int]:
    """Return the shape (heads, tokens, width) of the keys of one layer."""
    heads = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
    width = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    return heads, count, width


def _put_in_front(body: Any, args: tuple[Any, ...], inputs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Forward hook of a body; it holds no state, so that copies of a model have their own virtual tokens."""
    if args:
        inputs, args = {"input_ids": args[0], **inputs}, ()
    getattr(body, _NAME).put_in_front(inputs, body.config.get_text_config().num_hidden_layers)
    return args, inputs
