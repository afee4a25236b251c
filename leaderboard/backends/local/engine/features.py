"""Features of texts: pooled hidden states of a frozen body, computed once a text and cached."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from leaderboard.arrays import FloatArray
from leaderboard.backends.hidden_states import LAST_LAYER, Pooling
from leaderboard.backends.local.engine.batching import Batch, Row
from leaderboard.backends.local.engine.engine import Engine, Forward
from leaderboard.backends.local.engine.inputs import inputs_of, text_offsets, text_row
from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.data.examples import Text

_ALL_LAYERS = 16_384
"""Largest total width of all layers for which the vectors of all layers are cached when one other than the last is
requested: one pass computes them all, and a search of layers uses them."""


class Features:
    """Pooled hidden states of a model's body, cached. Texts longer than the model reads are truncated on the right.

    Args:
        layer: Layer that is read, from 1; -1 is the last, 0 the embeddings.
    """

    def __init__(
        self,
        engine: Engine,
        model: LoadedModel,
        *,
        max_length: int,
        layer: int = LAST_LAYER,
        pooling: Pooling = Pooling.MEAN,
    ) -> None:
        self._engine = engine
        self._model = model
        self._max_length = min(max_length, model.max_length)
        self._layer = layer
        self._pooling = pooling
        self._all_layers = self.every_layer and (layers_of(model) + 1) * self.width <= _ALL_LAYERS
        # Features of the same layer and pooling share one cache, so that a second probe computes nothing again.
        key = (model.tokenizer, self._max_length, None if self._all_layers else layer, pooling)
        self._memory: dict[Text, npt.NDArray[np.float32]] = engine.features.setdefault(model.module, {}).setdefault(
            key, {}
        )

        self._cut = engine.cut_texts.setdefault(model.module, {}).setdefault(self._max_length, set())

    @property
    def width(self) -> int:
        """Length of a feature vector."""
        return int(self._model.body.config.get_text_config().hidden_size)

    def of(self, texts: Sequence[Text], *, work: str = "reading texts") -> FloatArray:
        """Return feature vectors, shape (len(texts), width), cached by text unless the engine keeps none."""
        if not self._engine.keeps_features and texts:
            return np.array(self.compute(texts, work=work), dtype=np.float64)
        new = [text for text in dict.fromkeys(texts) if text not in self._memory]
        cut_before = sum(text in self._cut for text in dict.fromkeys(texts) if text in self._memory)
        if cut_before:
            self._engine.cuts[self._max_length] += cut_before
        plain = self._layer == LAST_LAYER and self._pooling is Pooling.MEAN
        which = "*" if self._all_layers else self._layer
        kind = "features" if plain else f"features{which}{self._pooling}"
        reader = self._reader_of_all if self._all_layers else self.reader
        computed = self._engine.ask(self._model, self.rows(new), reader, kind=kind, work=work)
        self._memory.update(zip(new, computed, strict=True))
        slice_of_layer = (
            slice(self._layer * self.width, (self._layer + 1) * self.width) if self._all_layers else slice(None)
        )
        vectors = [self._memory[text][slice_of_layer] for text in texts]
        if not vectors:
            return np.zeros((0, self.width))
        return np.array(vectors, dtype=np.float64)  # some project what they hand on to another width (OPT)

    def compute(self, texts: Sequence[Text], *, work: str = "reading texts") -> list[npt.NDArray[np.float32]]:
        """Compute feature vectors without the cache."""
        return self._engine.run(self._model, self.rows(texts), self.reader, work=work)

    def of_tokens(self, texts: Sequence[Text], *, work: str = "reading texts") -> list[npt.NDArray[np.float32]]:
        """Compute the vector of each token without the cache: one array a text, shape (tokens, width)."""
        rows = self.rows(texts)
        self._engine.count_cuts(dict.fromkeys(rows))
        return self._engine.run(self._model, rows, self._reader_of_tokens, work=work)

    def tokens(self, text: Text) -> tuple[int, ...]:
        """Return the token ids of a text as the body reads it."""
        return self._row(text).ids

    def offsets(self, text: Text) -> list[tuple[int, int]]:
        """Return (first, behind last) character of each of the `tokens`."""
        return text_offsets(self._model, text, max_length=self._max_length)

    def pooled(self, output: Any, attention_mask: torch.Tensor) -> torch.Tensor:
        """Return the vectors of an output of the body, shape (rows, width); see `every_layer`."""
        return _POOLINGS[self._pooling](self._states(output), attention_mask)

    @property
    def every_layer(self) -> bool:
        """Whether the body has to output the hidden states of every layer."""
        return self._layer != LAST_LAYER

    def _row(self, text: Text) -> Row:
        return text_row(self._model, text, max_length=self._max_length)

    def rows(self, texts: Sequence[Text]) -> list[Row]:
        """Return the texts as rows of tokens."""
        rows = [self._row(text) for text in texts]
        self._cut.update(text for text, row in zip(texts, rows, strict=True) if row.cut)
        return rows

    def reader(self, model: LoadedModel) -> Forward[npt.NDArray[np.float32]]:
        """Return a reader of the feature vectors."""

        def read(batch: Batch) -> list[npt.NDArray[np.float32]]:
            output = model.body(**inputs_of(batch), output_hidden_states=self.every_layer)
            return list(self.pooled(output, batch.attention_mask).float().cpu().numpy())

        return read

    def _states(self, output: Any) -> torch.Tensor:
        states: torch.Tensor = (
            output.last_hidden_state if self._layer == LAST_LAYER else output.hidden_states[self._layer]
        )
        return states

    def _reader_of_tokens(self, model: LoadedModel) -> Forward[npt.NDArray[np.float32]]:
        def read(batch: Batch) -> list[npt.NDArray[np.float32]]:
            output = model.body(**inputs_of(batch), output_hidden_states=self.every_layer)
            states = self._states(output).float().cpu().numpy()
            return [lines[: len(row.ids)].copy() for lines, row in zip(states, batch.rows, strict=True)]

        return read

    def _reader_of_all(self, model: LoadedModel) -> Forward[npt.NDArray[np.float32]]:
        """Return a reader of the concatenated vectors of all layers."""

        def read(batch: Batch) -> list[npt.NDArray[np.float32]]:
            output = model.body(**inputs_of(batch), output_hidden_states=True)
            pooled = [_POOLINGS[self._pooling](states, batch.attention_mask) for states in output.hidden_states]
            return list(torch.cat(pooled, dim=1).float().cpu().numpy())

        return read


def layers_of(model: LoadedModel) -> int:
    """Return the number of layers of a model's body, embeddings aside."""
    return int(model.body.config.get_text_config().num_hidden_layers)


def pool(states: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
    """Average the hidden states of real tokens: shapes (rows, length, width), (rows, length) to (rows, width)."""
    weights = attention_mask.unsqueeze(-1).to(states.dtype)
    return (states * weights).sum(1) / weights.sum(1).clamp(min=1)


def _first(states: torch.Tensor, _attention_mask: torch.Tensor) -> torch.Tensor:
    return states[:, 0]


def _last(states: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
    ends = attention_mask.sum(1) - 1  # padded on the right
    return states[torch.arange(len(states), device=states.device), ends]


_POOLINGS: dict[Pooling, Callable[[torch.Tensor, torch.Tensor], torch.Tensor]] = {
    Pooling.MEAN: pool,
    Pooling.FIRST: _first,
    Pooling.LAST: _last,
}
