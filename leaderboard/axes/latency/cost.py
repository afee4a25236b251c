"""What a model costs whatever the machine: its parameters, and the operations of one forward pass."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch
from torch.utils.flop_counter import FlopCounterMode

from leaderboard.errors import NotMeasurableError
from leaderboard.models.loaded import LoadedModel

if TYPE_CHECKING:
    from transformers import PreTrainedModel

TOKENS = 128
"""Length of the forward pass whose operations and memory are told."""


def parameters(model: LoadedModel) -> int:
    """How many numbers the model has, its own head included; tied ones are one tensor and counted once."""
    return sum(tensor.numel() for tensor in model.module.parameters())


def flops(model: LoadedModel) -> int:
    """Floating-point operations of one forward pass over 128 tokens, a multiplication and an addition counted as two.

    Counted are matrix products, of the body and of the model's own head at every position, as the model was loaded; a
    head that a recipe adds is not in it. Attention is switched to its eager form for the count, since the counter does
    not see inside the fused CPU kernel (3 % of a BERT-base at this length).

    Raises:
        NotMeasurableError: when the model reads fewer than 128 tokens.
    """
    if model.max_length < TOKENS:
        raise NotMeasurableError(
            f"{model.name} reads at most {model.max_length} tokens; counted is a pass over {TOKENS}"
        )
    with _eager_attention(model.module), torch.no_grad(), FlopCounterMode(display=False) as counter:
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
