"""Embeddings: what a model's body reads in place of its tokens, changed on the way."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch


@contextmanager
def changed(module: torch.nn.Module, change: Callable[[torch.Tensor], torch.Tensor]) -> Iterator[None]:
    """Let a model see changed embeddings of its tokens, of whatever family it is.

    Args:
        module: a `transformers` model.
        change: takes and gives embeddings of tokens, shape (sequences, tokens, width); those of positions and types
            are added behind it.
    """

    def hook(_part: torch.nn.Module, _inputs: tuple[torch.Tensor, ...], embedded: torch.Tensor) -> torch.Tensor:
        return change(embedded)

    handle = token_embeddings(module).register_forward_hook(hook)
    try:
        yield
    finally:
        handle.remove()


def token_embeddings(module: torch.nn.Module) -> torch.nn.Module:
    """The part of a model that embeds tokens."""
    part: torch.nn.Module = module.get_input_embeddings()  # type: ignore[operator]
    return part


def real_tokens(inputs: dict[str, torch.Tensor]) -> torch.Tensor:
    """Which tokens are no padding: 1 or 0, shape (sequences, tokens), also where sequences are those of questions."""
    return inputs["attention_mask"].flatten(0, -2)
