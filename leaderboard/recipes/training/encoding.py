"""Encoding: examples become rows of tokens once, and rows become padded batches."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from transformers import PreTrainedTokenizerBase

from leaderboard.engine.inputs import tells_texts_apart
from leaderboard.errors import RequestError
from leaderboard.models.loaded import LoadedModel
from leaderboard.models.words import WordEncoder

IGNORED = -100
"""The target of a token that nothing is learned from."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One sequence of tokens, and which of two texts each belongs to, where the model is told."""

    ids: Sequence[int]
    types: Sequence[int] | None = None


@dataclass(frozen=True, slots=True)
class Encoded:
    """An example as a model reads it.

    Attributes:
        pieces: one sequence, or one for each choice of a question.
        targets: the class, the tags of the words that are read, or the right choice.
        places: position of the token that each target is read off; none where the whole sequence is.
        index: which of the examples it was.
    """

    pieces: tuple[Piece, ...]
    targets: tuple[int, ...]
    places: tuple[int, ...] = ()
    index: int = 0

    @property
    def length(self) -> int:
        """Tokens of the longest piece."""
        return max(len(piece.ids) for piece in self.pieces)


@dataclass(frozen=True)
class Encoder:
    """Texts to tokens, as one model wants them.

    Attributes:
        tokenizer: of the model.
        word_encoder: for sentences that are split into words already.
        max_length: tokens read of each sequence, special tokens included.
        tells_texts_apart: whether the model has a type for the tokens of a second text.
        pad_id: stands behind short sequences.
    """

    tokenizer: PreTrainedTokenizerBase
    word_encoder: WordEncoder
    max_length: int
    tells_texts_apart: bool
    pad_id: int

    @classmethod
    def of(cls, model: LoadedModel, max_length: int) -> Self:
        """The encoder of a model.

        Raises:
            RequestError: when the model reads less than is asked for.
        """
        if max_length > model.max_length:
            raise RequestError(
                f"recipe.max_length {max_length}: {model.name} reads at most {model.max_length} tokens\n"
                f"  Ask for no more: --set recipe.max_length={model.max_length}"
            )
        return cls(model.tokenizer, model.word_encoder, max_length, tells_texts_apart(model), model.pad_id)

    def texts(self, first: Sequence[str], second: Sequence[str] | None = None) -> list[Piece]:
        """Texts, or pairs of texts; the longer of a pair is cut first."""
        if not first:
            return []
        types = second is not None and self.tells_texts_apart
        encoded = self.tokenizer(
            list(first),
            None if second is None else list(second),
            truncation=True,
            max_length=self.max_length,
            return_token_type_ids=types,
            return_attention_mask=False,
        )
        return [
            Piece(ids, encoded["token_type_ids"][at] if types else None) for at, ids in enumerate(encoded["input_ids"])
        ]

    def sentences(self, sentences: Sequence[Sequence[str]]) -> list[tuple[Piece, dict[int, int]]]:
        """Sentences of words, each with the position of the first token of every word that has one and was not cut."""
        encoded = self.word_encoder.encode(sentences, max_length=self.max_length)
        return [(Piece(ids), first) for ids, first in encoded]


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows laid out for a forward function.

    Attributes:
        rows: as they were encoded.
        inputs: what the model takes.
        targets: what is to be learned, as the objective lays it out.
    """

    rows: Sequence[Encoded]
    inputs: dict[str, torch.Tensor]
    targets: torch.Tensor

    def to(self, device: torch.device) -> "Batch":
        """The same on a device."""
        inputs = {name: tensor.to(device) for name, tensor in self.inputs.items()}
        return Batch(self.rows, inputs, self.targets.to(device))


def lay_out(rows: Sequence[Encoded], *, pad_id: int) -> dict[str, torch.Tensor]:
    """All pieces of the rows, one below the other, padded on the right to the longest: shape (pieces, longest)."""
    pieces = [piece for row in rows for piece in row.pieces]
    lengths = np.array([len(piece.ids) for piece in pieces])
    there = np.arange(lengths.max()) < lengths[:, None]
    inputs = {
        "input_ids": _filled(there, [piece.ids for piece in pieces], pad_id),
        "attention_mask": there.astype(np.int64),
    }
    if any(piece.types is not None for piece in pieces):
        types = [[0] * len(piece.ids) if piece.types is None else piece.types for piece in pieces]
        inputs["token_type_ids"] = _filled(there, types, 0)
    return {name: torch.from_numpy(array) for name, array in inputs.items()}


def check_targets(rows: Sequence[Encoded], classes: int, *, name: Callable[[int], str], what: str) -> None:
    """See that the head can say what is to be learned.

    Args:
        rows: encoded examples.
        classes: outputs of the head.
        name: of an example, by its index.
        what: the targets are called.

    Raises:
        RequestError: for a target beyond the head.
    """
    for row in rows:
        beyond = [target for target in row.targets if not 0 <= target < classes]
        if beyond:
            raise RequestError(
                f"example '{name(row.index)}' has {what} {beyond[0]}, but the head has {classes}, numbered from 0\n"
                "  List every label of the data under `labels` of the task."
            )


def check_variety(rows: Sequence[Encoded], *, what: str) -> None:
    """See that there is something to learn.

    Args:
        rows: what is learned from.
        what: the targets are called.

    Raises:
        RequestError: for no examples, or targets that are always the same.
    """
    if not rows:
        raise RequestError("there is no labelled example to train on")
    seen = {target for row in rows for target in row.targets}
    if len(seen) == 1:
        raise RequestError(
            f"all {len(rows)} training examples have {what} {seen.pop()}: there is nothing to tell apart\n"
            "  Take more examples (--limit), or training data in which every label occurs."
        )


def _filled(there: np.ndarray, values: Sequence[Sequence[int]], fill: int) -> np.ndarray:
    filled = np.full(there.shape, fill, dtype=np.int64)
    filled[there] = np.concatenate([np.asarray(each, dtype=np.int64) for each in values])
    return filled
