"""Size of the model that a configuration describes, built on the meta device without memory."""

import inspect
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from transformers import PreTrainedConfig, PreTrainedModel, initialization

from leaderboard.errors import RequestError

_MOST_IN_ONE = 1 << 22
"""Numbers in one tensor of a pass over a few tokens, or twice the largest weight where that is more."""
_MOST_IN_ALL = 1 << 29
"""Numbers in all tensors of such a pass beyond four times the weights: a Longformer of 24 layers makes 4e8 of them."""
_TOKENS = 8


@dataclass(frozen=True)
class ModelSize:
    """Size of a model.

    Attributes:
        numbers: Number of parameters.
        buffer_bytes: Bytes of tables that are computed when it is built (positions, masks).
    """

    numbers: int
    buffer_bytes: int


def model_size(model_class: Any, config: PreTrainedConfig) -> ModelSize:
    """Build a model on the meta device, where tensors have shapes and no memory, and let it read a few tokens.

    Args:
        model_class: an auto class of `transformers`.
        config: of the model.

    Raises:
        RequestError: when a tensor of its forward pass is out of all proportion.
    """
    with _on_meta():
        module: PreTrainedModel = model_class.from_config(config, trust_remote_code=False)
    parameters = [parameter.numel() for parameter in module.parameters()]
    buffers = sum(buffer.numel() * buffer.element_size() for buffer in module.buffers())
    _check_pass(module, max(_MOST_IN_ONE, 2 * max(parameters, default=0)), _MOST_IN_ALL + 4 * sum(parameters))
    return ModelSize(sum(parameters), buffers)


@contextmanager
def _on_meta() -> Iterator[None]:
    """Build modules on the meta device as `from_pretrained` does, with its exceptions for some families."""
    safe = getattr(initialization, "meta_device_safe_creation_ops", nullcontext)
    with torch.device("meta"), safe(), torch.no_grad():
        yield


def _check_pass(module: PreTrainedModel, most: int, most_in_all: int) -> None:
    """Run a forward pass over a few tokens on the meta device: windows that pad them show in shapes.

    Where the numbers decide how much is computed (experts), the pass ends there, and proves no more.
    """
    ids = torch.zeros((1, _TOKENS), dtype=torch.long, device="meta")
    # Without a mask some look for padding among the tokens, which have no values here.
    takes_mask = "attention_mask" in inspect.signature(module.forward).parameters
    masked = {"attention_mask": torch.ones_like(ids)} if takes_mask else {}
    try:
        with torch.device("meta"), torch.no_grad(), _Sizes(most, most_in_all):
            module.train(mode=False)(input_ids=ids, **masked)
    except (RequestError, MemoryError):
        raise
    except Exception:  # noqa: BLE001 - meta tensors have no values: what needs them cannot be tried
        return


class _Sizes(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch types no mode
    """Refuses a pass that creates a tensor above a size, or more than a total of all tensors."""

    def __init__(self, most: int, most_in_all: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._most, self._left = most, most_in_all

    def __torch_dispatch__(self, function: Any, _types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Call the function and check the size of its result; a scalar that is read, which has no value here, is 0."""
        if function is torch.ops.aten._local_scalar_dense.default:  # noqa: SLF001 - what `.item()` calls
            return torch.zeros((), dtype=args[0].dtype, device="cpu").item()
        result = function(*args, **(kwargs or {}))
        fresh = all(each.alias_info is None for each in function._schema.returns)  # noqa: SLF001 - no view of another
        for tensor in result if isinstance(result, tuple | list) else (result,):
            if not isinstance(tensor, torch.Tensor):
                continue
            self._left -= tensor.numel() if fresh else 0
            if tensor.numel() > self._most or self._left < 0:
                raise RequestError(f"to read {_TOKENS} tokens it makes {tensor.numel():,} numbers at once ({function})")
        return result
