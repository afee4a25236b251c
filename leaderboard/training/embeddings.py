"""Token embeddings: found in a model, and changed on their way into its body."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch


@contextmanager
def changed_embeddings(module: torch.nn.Module, change: Callable[[torch.Tensor], torch.Tensor]) -> Iterator[None]:
    """Change the token embeddings of a model of any family inside the context.

    Args:
        module: a `transformers` model.
        change: maps token embeddings, shape (sequences, tokens, width), to others of the same shape; the embeddings of
            positions and types are added afterwards.
    """

    def hook(_part: torch.nn.Module, _inputs: tuple[torch.Tensor, ...], embedded: torch.Tensor) -> torch.Tensor:
        return change(embedded)

    handle = token_embeddings(module).register_forward_hook(hook)
    try:
        yield
    finally:
        handle.remove()


def token_embeddings(module: torch.nn.Module) -> torch.nn.Module:
    """Return the module of a model that embeds tokens."""
    part: torch.nn.Module = module.get_input_embeddings()  # type: ignore[operator]
    return part


def token_mask(inputs: dict[str, torch.Tensor]) -> torch.Tensor:
    """Return a mask of the tokens that are not padding: 1 or 0, shape (sequences, tokens), also for questions."""
    return inputs["attention_mask"].flatten(0, -2)
