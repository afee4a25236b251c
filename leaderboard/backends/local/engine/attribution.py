"""Gradient × input in embedding space, and the alignment of tokens with words."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any

import numpy as np
import torch

from leaderboard.arrays import FloatArray
from leaderboard.backends.classifiers import UnspacedWords
from leaderboard.backends.local.engine.end_tokens import end_token
from leaderboard.backends.local.models.encoder_decoder import decoder_of
from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.backends.local.models.quantisation import without_rounding


def gradient_times_input(
    model: LoadedModel,
    rows: Sequence[Sequence[int]],
    score: Callable[[Any, torch.Tensor], torch.Tensor],
    *,
    headless: bool,
    every_layer: bool = False,
    decoded: Sequence[Sequence[int]] = (),
) -> list[FloatArray]:
    """Compute the gradient of a score by each token embedding, times that embedding, summed over its width.

    Source: Shrikumar et al. 2016; Denil et al. 2014. Of a model that rounds what goes into its layers it is the
    gradient without rounding; see `without_rounding`.

    Args:
        model: frozen weights; nothing accumulates on them.
        rows: token ids of rows that are scored together.
        score: a scalar from (the model's output, attention mask of shape (rows, longest)).
        headless: whether the output is that of the body alone.
        every_layer: whether it holds the hidden states of every layer.
        decoded: token ids that the decoder of an encoder-decoder reads for each row; they are taken as fixed.

    Returns:
        One array a row, shape (tokens of that row,).
    """
    network = model.body if headless else model.module
    options = {"output_hidden_states": True} if every_layer else {}
    if not headless and end_token(model.module) is not None and not decoded:
        return [_of_both_readings(model, row, score) for row in rows]
    with torch.enable_grad(), without_rounding(model.module):
        embed = model.text_embeddings
        embeddings, outputs, masks = [], [], []
        for number, row in enumerate(rows):  # no batch: an answer may depend on the other rows (see `engine.layouts`)
            more: dict[str, Any] = (
                {"decoder_input_ids": torch.tensor([decoded[number]]).to(model.device)} if decoded else {}
            )
            ids = torch.tensor([list(row)], device=model.device)
            embeddings.append(embed(ids).detach().requires_grad_())
            masks.append(torch.ones_like(ids))
            outputs.append(network(inputs_embeds=embeddings[-1], attention_mask=masks[-1], **more, **options))
        value = score(outputs[0], masks[0]) if len(rows) == 1 else score(_JoinedOutputs(outputs), _padded(masks))
        gradients = torch.autograd.grad(value, embeddings)
    return [_product(gradient, each) for gradient, each in zip(gradients, embeddings, strict=True)]


def _product(gradient: torch.Tensor, embedding: torch.Tensor) -> FloatArray:
    """Return gradient times input of one row, summed over its width: shape (tokens,)."""
    product: FloatArray = (gradient * embedding).sum(-1)[0].detach().double().cpu().numpy()
    return product


def _of_both_readings(
    model: LoadedModel, row: Sequence[int], score: Callable[[Any, torch.Tensor], torch.Tensor]
) -> FloatArray:
    """Compute gradient times input of a head that reads a text with the encoder and again with the decoder.

    The decoder reads it one place later; what a token gives on both ways is added. Such heads look for the end of a
    text among its tokens, so that they take no embeddings in their place.
    """
    ids = torch.tensor([list(row)], device=model.device)
    mask, embeddings = torch.ones_like(ids), list[torch.Tensor]()

    def keep(_table: torch.nn.Module, _ids: Any, states: torch.Tensor) -> torch.Tensor:
        embeddings.append(states.detach().requires_grad_())
        return embeddings[-1]

    tables = [part.get_input_embeddings() for part in (model.body, decoder_of(model.module))]
    with ExitStack() as hooks, torch.enable_grad(), without_rounding(model.module):
        for table in dict.fromkeys(tables):
            hooks.callback(table.register_forward_hook(keep).remove)
        value = score(model.module(input_ids=ids, attention_mask=mask), mask)
        gradients = torch.autograd.grad(value, embeddings)
    encoded, decoded = (_product(*each) for each in zip(gradients, embeddings, strict=True))
    encoded[:-1] += decoded[1:]
    return encoded


class _JoinedOutputs:
    """Outputs of separately computed rows as one batch: shapes (rows, longest, width)."""

    def __init__(self, outputs: Sequence[Any]) -> None:
        self._outputs = outputs

    def __getattr__(self, name: str) -> torch.Tensor:
        return _padded([getattr(output, name) for output in self._outputs])


def _padded(tensors: Sequence[torch.Tensor]) -> torch.Tensor:
    return torch.nn.utils.rnn.pad_sequence([tensor[0] for tensor in tensors], batch_first=True)


def words_of_tokens(offsets: Sequence[tuple[int, int]], words: Sequence[str], start: int) -> list[int | None]:
    """Return the index of the word of each token; None for special tokens and those outside the words.

    A token belongs to the word under its last character, since byte-level tokens begin with the space before a word.

    Args:
        offsets: (first, behind last) character of each token in the whole text.
        words: words of the text from `start` on, as `joined_words` joins them.
        start: where the first word begins.
    """
    owner: dict[int, int] = {}
    position = start
    space = 0 if isinstance(words, UnspacedWords) else 1
    for index, word in enumerate(words):
        owner.update(dict.fromkeys(range(position, position + len(word)), index))
        position += len(word) + space
    return [owner.get(end - 1) if end > begin else None for begin, end in offsets]


def sum_by_word(saliency: FloatArray, owners: Sequence[int | None], n_words: int) -> FloatArray:
    """Sum token saliency over each word's tokens: shape (n_words,)."""
    totals = np.zeros(n_words)
    for value, owner in zip(saliency, owners, strict=True):
        if owner is not None:
            totals[owner] += value
    return totals
