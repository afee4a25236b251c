"""Encoding: examples are tokenized once into rows, and rows are padded into batches."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from transformers import PreTrainedTokenizerBase

from leaderboard.backends.local.engine.inputs import has_token_types
from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.backends.local.models.word_encoding import WordEncoder
from leaderboard.errors import RequestError
from leaderboard.training.setting_checks import check_text_length

IGNORED = -100
"""Target of a token that is left out of the loss."""


@dataclass(frozen=True, slots=True)
class TokenSequence:
    """One sequence of token ids, with token types for models that use them."""

    ids: Sequence[int]
    types: Sequence[int] | None = None


@dataclass(frozen=True, slots=True)
class Encoded:
    """Tokenized example.

    Attributes:
        pieces: one sequence, or one for each choice of a question.
        targets: the class, the tags of the encoded words, or the index of the right choice.
        places: position of the token of each target; empty where the target belongs to the whole sequence.
        index: index among the examples.
    """

    pieces: tuple[TokenSequence, ...]
    targets: tuple[int, ...]
    places: tuple[int, ...] = ()
    index: int = 0

    @property
    def length(self) -> int:
        """Number of tokens of the longest sequence."""
        return max(len(piece.ids) for piece in self.pieces)


@dataclass(frozen=True)
class Encoder:
    """Tokenizer of one model, with its maximal length and token types.

    Attributes:
        tokenizer: tokenizer of the model.
        word_encoder: encoder of sentences that are split into words.
        max_length: maximal number of tokens of a sequence, special tokens included.
        has_token_types: whether the model has a type for the tokens of a second text.
        pad_id: token id of padding.
    """

    tokenizer: PreTrainedTokenizerBase
    word_encoder: WordEncoder
    max_length: int
    has_token_types: bool
    pad_id: int

    @classmethod
    def of(cls, model: LoadedModel, max_length: int) -> Self:
        """Return the encoder of a model.

        Raises:
            RequestError: when `max_length` is above the model's.
        """
        check_text_length(max_length, model.max_length, name=model.name)
        return cls(model.tokenizer, model.word_encoder, max_length, has_token_types(model), model.pad_id)

    def texts(self, first: Sequence[str], second: Sequence[str] | None = None) -> list[TokenSequence]:
        """Encode texts, or pairs of texts; the longer of a pair is truncated first."""
        if not first:
            return []
        types = second is not None and self.has_token_types
        encoded = self.tokenizer(
            list(first),
            None if second is None else list(second),
            truncation=True,
            max_length=self.max_length,
            return_token_type_ids=types,
            return_attention_mask=False,
        )
        return [
            TokenSequence(ids, encoded["token_type_ids"][index] if types else None)
            for index, ids in enumerate(encoded["input_ids"])
        ]

    def sentences(self, sentences: Sequence[Sequence[str]]) -> list[tuple[TokenSequence, dict[int, int]]]:
        """Encode sentences of words, each with the first token position of every word that was not truncated."""
        encoded = self.word_encoder.encode(sentences, max_length=self.max_length)
        return [(TokenSequence(ids), first) for ids, first in encoded]


@dataclass(frozen=True, slots=True)
class TrainingBatch:
    """Padded rows for a forward pass.

    Attributes:
        rows: the encoded examples.
        inputs: inputs of the model, by name.
        targets: targets in the shape that the objective needs.
    """

    rows: Sequence[Encoded]
    inputs: dict[str, torch.Tensor]
    targets: torch.Tensor

    def to(self, device: torch.device) -> "TrainingBatch":
        """Return the batch on a device."""
        inputs = {name: tensor.to(device) for name, tensor in self.inputs.items()}
        return TrainingBatch(self.rows, inputs, self.targets.to(device))


def pad_rows(rows: Sequence[Encoded], *, pad_id: int) -> dict[str, torch.Tensor]:
    """Pad all sequences of the rows on the right to the longest: shape (sequences, longest)."""
    pieces = [piece for row in rows for piece in row.pieces]
    lengths = np.array([len(piece.ids) for piece in pieces])
    mask = np.arange(lengths.max()) < lengths[:, None]
    inputs = {
        "input_ids": _pad(mask, [piece.ids for piece in pieces], pad_id),
        "attention_mask": mask.astype(np.int64),
    }
    if any(piece.types is not None for piece in pieces):
        types = [[0] * len(piece.ids) if piece.types is None else piece.types for piece in pieces]
        inputs["token_type_ids"] = _pad(mask, types, 0)
    return {name: torch.from_numpy(array) for name, array in inputs.items()}


def check_targets(rows: Sequence[Encoded], classes: int, *, name: Callable[[int], str], target_name: str) -> None:
    """Check that every target is an output of the head.

    Args:
        rows: encoded examples.
        classes: number of outputs of the head.
        name: id of an example, by its index.
        target_name: name of the targets, for messages.

    Raises:
        RequestError: for a target that is not an output of the head.
    """
    for row in rows:
        invalid = [target for target in row.targets if not 0 <= target < classes]
        if invalid:
            raise RequestError(
                f"example '{name(row.index)}' has {target_name} {invalid[0]}, but the head has {classes}, "
                "numbered from 0\n"
                "  List every label of the data under `labels` of the task."
            )


def check_distinct_targets(rows: Sequence[Encoded], *, target_name: str) -> None:
    """Check that there are examples with at least two different targets.

    Args:
        rows: training examples.
        target_name: name of the targets, for messages.

    Raises:
        RequestError: for no examples, or targets that are always the same.
    """
    if not rows:
        raise RequestError("there is no labelled example to train on")
    targets = {target for row in rows for target in row.targets}
    if len(targets) == 1:
        raise RequestError(
            f"all {len(rows)} training examples have {target_name} {targets.pop()}: there is nothing to learn\n"
            "  Take more examples (--limit), or training data in which every label occurs."
        )


def _pad(mask: np.ndarray, values: Sequence[Sequence[int]], fill: int) -> np.ndarray:
    filled = np.full(mask.shape, fill, dtype=np.int64)
    filled[mask] = np.concatenate([np.asarray(each, dtype=np.int64) for each in values])
    return filled
