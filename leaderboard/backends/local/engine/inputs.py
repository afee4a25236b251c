"""Rows of tokens for texts, pairs of texts and words of a sentence."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import torch

from leaderboard.backends.local.engine.batching import Batch, Row
from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.data.examples import Text


def text_row(model: LoadedModel, text: Text, *, max_length: int) -> Row:
    """Encode a text or a pair of texts, truncated on the right of the longer one to `max_length`."""
    first, second = (text, None) if isinstance(text, str) else text
    encoded = model.tokenizer(first, second, truncation=True, max_length=max_length)
    cut = bool(encoded.encodings[0].overflowing)
    return Row(tuple(encoded["input_ids"]), second=_second(model, encoded.sequence_ids(0)), cut=cut)


def text_offsets(model: LoadedModel, text: Text, *, max_length: int) -> list[tuple[int, int]]:
    """Return (first, behind last) character of each token of `text_row`; those of special tokens are empty."""
    first, second = (text, None) if isinstance(text, str) else text
    encoded = model.tokenizer(first, second, truncation=True, max_length=max_length)
    offsets: list[tuple[int, int]] = encoded.encodings[0].offsets
    return offsets


def words_rows(model: LoadedModel, words: Sequence[str]) -> list[tuple[Row, list[int]]]:
    """Encode a sentence of words, read at the first token of each, with the indices of the words that have one.

    One longer than the model reads is cut between words into as few parts as hold it; of a single word longer than that
    the beginning is read.
    """
    ids, first = model.word_encoder.encode([words])[0]
    if len(ids) <= model.max_length:
        return [_words_row(ids, first, 0)]
    special = model.tokenizer.num_special_tokens_to_add(pair=False)
    rows = []
    for start, end in _spans(_tokens_of_words(ids, first, len(words)), model.max_length - special):
        part, first_tokens = model.word_encoder.encode([words[start:end]], max_length=model.max_length)[0]
        rows.append(_words_row(part, first_tokens, start))
    return rows


def _tokens_of_words(ids: Sequence[int], first: Mapping[int, int], words: int) -> list[int]:
    """Return the largest number of tokens of each word; special tokens at the end count for the last word."""
    begins = [*first.values(), len(ids)]
    lengths = dict(zip(first, np.diff(begins).tolist(), strict=True))
    return [lengths.get(word, 0) for word in range(words)]


def _spans(lengths: Sequence[int], most: int) -> Iterator[tuple[int, int]]:
    """Yield (first word, end) of parts with at most that many tokens, or a single word."""
    start = tokens = 0
    for word, length in enumerate(lengths):
        if word > start and tokens + length > most:
            yield start, word
            start, tokens = word, 0
        tokens += length
    yield start, len(lengths)


def _words_row(ids: Sequence[int], first: Mapping[int, int], start: int) -> tuple[Row, list[int]]:
    """Return a row that reads the first token of each word, and the indices of the words, from `start` on."""
    row = Row(tuple(ids), reads=tuple((position, 0) for position in first.values()))
    return row, [start + word for word in first]


def inputs_of(batch: Batch) -> dict[str, torch.Tensor]:
    """Return the arguments of a model's forward function, with token types where rows have a second text."""
    inputs = {"input_ids": batch.input_ids, "attention_mask": batch.attention_mask}
    if any(row.second for row in batch.rows):
        types: npt.NDArray[np.int64] = np.zeros(batch.input_ids.shape, dtype=np.int64)
        for line, row in enumerate(batch.rows):
            types[line, row.second : len(row.ids)] = int(row.second > 0)
        inputs["token_type_ids"] = torch.from_numpy(types).to(batch.input_ids.device)
    return inputs


def has_token_types(model: LoadedModel) -> bool:
    """Return whether the model has a token type for a second text (BERT), or only a separator."""
    types = getattr(model.module.config, "type_vocab_size", 0) or 0
    return types > 1 and "token_type_ids" in model.tokenizer.model_input_names


def _second(model: LoadedModel, sequences: Sequence[int | None]) -> int:
    if 1 not in sequences or not has_token_types(model):
        return 0
    return sequences.index(1)
