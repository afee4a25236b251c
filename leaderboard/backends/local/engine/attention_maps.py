"""Attention maps: the attention of each token to each other token, by layer, as a mean over heads."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

from leaderboard.backends.classifiers import TokenAttention
from leaderboard.backends.local.engine.text_scores import TextScores
from leaderboard.errors import NotMeasurableError, as_exceptions, reason_of


def attention_maps(scores: TextScores) -> TokenAttention:
    """Compute the attention of a model's body that reads a text.

    Raises:
        NotMeasurableError: for a body without attention, and for a decoder that reads the text through its encoder.
    """
    if scores.decodes:
        raise NotMeasurableError("the answer is read from a decoder, whose attention to a word is no single map")
    ids = torch.tensor([list(scores.rows[0])[: _length(scores)]], device=scores.model.device)
    try:
        with as_exceptions(), torch.no_grad(), _eager(scores.model.module):
            output = scores.model.body(input_ids=ids, attention_mask=torch.ones_like(ids), output_attentions=True)
    except torch.OutOfMemoryError:
        raise
    except Exception as error:
        raise NotMeasurableError(f"the model shows no attention: {reason_of(error)}") from error
    layers = [layer for layer in getattr(output, "attentions", None) or () if layer is not None]
    if not layers or any(layer.dim() != 4 or layer.shape[-1] != ids.shape[1] for layer in layers):  # noqa: PLR2004
        raise NotMeasurableError("the model has no attention of each token to each other token")
    maps = np.stack([layer[0].float().mean(0).double().cpu().numpy() for layer in layers])
    return TokenAttention(maps, tuple(scores.read_at), tuple(scores.owners), scores.n_words)


def _length(scores: TextScores) -> int:
    """Return the number of tokens that are read: those of the prompt where there is a row for each choice."""
    return len(scores.owners) if len(scores.rows) > 1 else len(scores.rows[0])


@contextmanager
def _eager(module: Any) -> Iterator[None]:
    """Compute attention in a form that hands its weights out; fused kernels do not."""
    before = getattr(module.config, "_attn_implementation", None)
    if before in {None, "eager"}:
        yield
        return
    module.set_attn_implementation("eager")
    try:
        yield
    finally:
        module.set_attn_implementation(before)
