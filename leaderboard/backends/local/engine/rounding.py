"""Rounding noise of a model in half precision: how far its answers move with the last bit of its embeddings.

Two batches of other shapes are rounded otherwise. In float32 the difference is far below any that matters; in bfloat16
it grows with the depth of a model until no fixed tolerance tells it from a real one. What the last bit of the
embeddings changes is the same effect, measured on the model itself.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from leaderboard.backends.local.models.loaded_model import LoadedModel


@contextmanager
def last_bits_changed(model: LoadedModel, seed: int = 0) -> Iterator[None]:
    """Change every value of the input embeddings by about one unit in the last place, up or down at random."""
    generator = torch.Generator().manual_seed(seed)

    def change(_embedding: torch.nn.Module, _ids: Any, states: torch.Tensor) -> torch.Tensor:
        signs = torch.randint(0, 2, states.shape, generator=generator).mul(2).sub(1)
        return states * (1 + torch.finfo(states.dtype).eps * signs.to(states.device, states.dtype))

    embedding: torch.nn.Module = model.text_embeddings
    hook = embedding.register_forward_hook(change)
    try:
        yield
    finally:
        hook.remove()
