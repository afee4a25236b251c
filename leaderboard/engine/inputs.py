"""Inputs: texts, pairs of texts, and words of a sentence become rows of tokens for a model with a head."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch

from leaderboard.data.examples import Text
from leaderboard.engine.batching import Batch, Row
from leaderboard.errors import NotMeasurableError
from leaderboard.models.loaded import LoadedModel


def text_row(model: LoadedModel, text: Text, *, max_length: int) -> Row:
    """A text, or two with what the tokenizer puts between them; cut on the right of the longer one to `max_length`."""
    first, second = (text, None) if isinstance(text, str) else text
    encoded = model.tokenizer(first, second, truncation=True, max_length=max_length)
    cut = bool(encoded.encodings[0].overflowing)
    return Row(tuple(encoded["input_ids"]), second=_second(model, encoded.sequence_ids(0)), cut=cut)


def words_row(model: LoadedModel, words: Sequence[str]) -> tuple[Row, list[int]]:
    """A sentence of words, read off at the first token of each, and the indices of the words that have one.

    Raises:
        NotMeasurableError: when it is longer than the model reads.
    """
    ids, first = model.word_encoder.encode([words])[0]
    if len(ids) > model.max_length:
        raise NotMeasurableError(
            f"a sentence of {len(words)} words has {len(ids)} tokens ('{' '.join(words[:6])} …'); "
            f"{model.name} reads at most {model.max_length}"
        )
    return Row(tuple(ids), reads=tuple((position, 0) for position in first.values())), list(first)


def inputs_of(batch: Batch) -> dict[str, torch.Tensor]:
    """What the forward function of a model takes; with token types where it tells two texts apart by them."""
    given = {"input_ids": batch.input_ids, "attention_mask": batch.attention_mask}
    if any(row.second for row in batch.rows):
        types: npt.NDArray[np.int64] = np.zeros(batch.input_ids.shape, dtype=np.int64)
        for line, row in enumerate(batch.rows):
            types[line, row.second : len(row.ids)] = int(row.second > 0)
        given["token_type_ids"] = torch.from_numpy(types).to(batch.input_ids.device)
    return given


def tells_texts_apart(model: LoadedModel) -> bool:
    """Whether the model has a type for the tokens of a second text (BERT), or knows it by the separator alone."""
    types = getattr(model.module.config, "type_vocab_size", 0) or 0
    return types > 1 and "token_type_ids" in model.tokenizer.model_input_names


def _second(model: LoadedModel, sequences: Sequence[int | None]) -> int:
    if 1 not in sequences or not tells_texts_apart(model):
        return 0
    return sequences.index(1)
