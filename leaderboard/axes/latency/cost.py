"""What a model costs whatever the machine: its parameters, their bytes, and the operations of one forward pass."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch
from torch.utils.flop_counter import FlopCounterMode

from leaderboard.errors import NotMeasurableError
from leaderboard.models.loaded import LoadedModel
from leaderboard.models.quantising import without_rounding

if TYPE_CHECKING:
    from transformers import PreTrainedModel

TOKENS = 128
"""Length of the forward pass whose operations and memory are told."""


def parameters(model: LoadedModel) -> int:
    """How many numbers the model has, its own head included; tied ones are one tensor and counted once.

    The zeros of a pruned model are numbers too: they are kept and multiplied like others.
    """
    return sum(tensor.numel() for tensor in model.module.parameters())


def weight_bytes(model: LoadedModel) -> int:
    """Bytes of all parameters and buffers as they are kept, its own head included; tied ones are counted once.

    Of quantised weights these are the integers and their scales.
    """
    return sum(bytes_by_device(model).values())


def bytes_by_device(model: LoadedModel) -> dict[torch.device, int]:
    """See `weight_bytes`, by where they stand."""
    kept = {
        (part.device, part.data_ptr()): part.nbytes
        for tensor in (*model.module.parameters(), *model.module.buffers())
        for part in parts(tensor)
    }
    totals: Counter[torch.device] = Counter()
    for (device, _), size in kept.items():
        totals[device] += size
    return dict(totals)


def parts(tensor: torch.Tensor) -> Iterator[torch.Tensor]:
    """The tensors that hold a tensor's numbers: itself, or what torch says that a subclass is made of."""
    flatten = getattr(tensor, "__tensor_flatten__", None)
    if flatten is None:
        yield tensor
        return
    for name in flatten()[0]:
        yield from parts(getattr(tensor, name))


def flops(model: LoadedModel) -> int:
    """Floating-point operations of one forward pass over 128 tokens, a multiplication and an addition counted as two.

    Counted are matrix products, of the body and of the model's own head at every position, as the model was loaded; a
    head that a recipe adds is not in it. Operations on integers count like those on floating-point numbers; the counter
    does not see them, so other products of the same shape stand in for them. Nor does it see inside the fused CPU
    kernel of attention (3 % of a BERT-base at this length), which is switched to its eager form.

    Raises:
        NotMeasurableError: when the model reads fewer than 128 tokens.
    """
    if model.max_length < TOKENS:
        raise NotMeasurableError(
            f"{model.name} reads at most {model.max_length} tokens; counted is a pass over {TOKENS}"
        )
    with (
        _eager_attention(model.module),
        without_rounding(model.module),
        torch.no_grad(),
        FlopCounterMode(display=False) as counter,
    ):
        forward(model.module)
    return int(counter.get_total_flops())


def forward(module: "PreTrainedModel") -> None:
    """One forward pass over 128 tokens; which tokens they are changes neither time nor memory."""
    ids = torch.ones((1, TOKENS), dtype=torch.long, device=module.device)
    module(input_ids=ids, attention_mask=torch.ones_like(ids))


@contextmanager
def _eager_attention(module: "PreTrainedModel") -> Iterator[None]:
    before = module.config._attn_implementation  # noqa: SLF001  transformers has no public name for it
    module.set_attn_implementation("eager")
    try:
        yield
    finally:
        module.set_attn_implementation(before)
