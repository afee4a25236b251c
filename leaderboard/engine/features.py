"""Features: what a frozen body makes of a text, computed once a text and kept."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from leaderboard.data.examples import Text
from leaderboard.engine.batching import Batch, Row
from leaderboard.engine.engine import Engine, Forward
from leaderboard.engine.inputs import inputs_of, text_row
from leaderboard.engine.pooling import LAST_LAYER, Pooling
from leaderboard.models.loaded import LoadedModel

FloatArray = npt.NDArray[np.float64]

_ALL_LAYERS = 16_384
"""Numbers of a text up to which the vectors of all layers are kept, where one that is not the last is asked for: one
pass gives them all, and who tries one layer tries others."""


class Features:
    """Pooled hidden states of a model's body, with a memory. Texts longer than the model reads are cut on the right.

    Args:
        layer: whose output is read, from 1; -1 is the last, 0 the embeddings.
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
        depth = int(model.body.config.num_hidden_layers) + 1
        self._together = self.every_layer and depth * self.width <= _ALL_LAYERS
        # All features of a model that are read off alike share one memory, so that a second probe reads nothing again.
        way = (model.tokenizer, self._max_length, None if self._together else layer, pooling)
        self._known: dict[Text, npt.NDArray[np.float32]] = engine.features.setdefault(model.module, {}).setdefault(
            way, {}
        )

    @property
    def width(self) -> int:
        """Length of a feature vector."""
        return int(self._model.body.config.hidden_size)

    def of(self, texts: Sequence[Text], *, what: str = "reading texts") -> FloatArray:
        """Feature vectors, shape (len(texts), width); a text seen before costs nothing."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        plain = self._layer == LAST_LAYER and self._pooling is Pooling.MEAN
        which = "*" if self._together else self._layer
        kind = "features" if plain else f"features{which}{self._pooling}"
        reader = self._reader_of_all if self._together else self._reader
        vectors = self._engine.ask(self._model, self._rows(new), reader, kind=kind, what=what)
        self._known.update(zip(new, vectors, strict=True))
        own = slice(self._layer * self.width, (self._layer + 1) * self.width) if self._together else slice(None)
        known = [self._known[text][own] for text in texts]
        return np.array(known, dtype=np.float64).reshape(len(texts), self.width)

    def compute(self, texts: Sequence[Text], *, what: str = "reading texts") -> list[npt.NDArray[np.float32]]:
        """Feature vectors computed afresh, which the memory neither serves nor learns."""
        return self._engine.run(self._model, self._rows(texts), self._reader, what=what)

    def tokens(self, text: Text) -> tuple[int, ...]:
        """Token ids of a text as the body reads it."""
        return self._row(text).ids

    def pooled(self, output: Any, attention_mask: torch.Tensor) -> torch.Tensor:
        """The vectors in an output of the body, shape (rows, width); see `every_layer`."""
        states = output.last_hidden_state if self._layer == LAST_LAYER else output.hidden_states[self._layer]
        return _POOLINGS[self._pooling](states, attention_mask)

    @property
    def every_layer(self) -> bool:
        """Whether the body has to give the hidden states of every layer."""
        return self._layer != LAST_LAYER

    def _row(self, text: Text) -> Row:
        return text_row(self._model, text, max_length=self._max_length)

    def _rows(self, texts: Sequence[Text]) -> list[Row]:
        return [self._row(text) for text in texts]

    def _reader(self, model: LoadedModel) -> Forward[npt.NDArray[np.float32]]:
        def read(batch: Batch) -> list[npt.NDArray[np.float32]]:
            output = model.body(**inputs_of(batch), output_hidden_states=self.every_layer)
            return list(self.pooled(output, batch.attention_mask).float().cpu().numpy())

        return read

    def _reader_of_all(self, model: LoadedModel) -> Forward[npt.NDArray[np.float32]]:
        """The vectors of all layers, one behind the other."""

        def read(batch: Batch) -> list[npt.NDArray[np.float32]]:
            output = model.body(**inputs_of(batch), output_hidden_states=True)
            pooled = [_POOLINGS[self._pooling](states, batch.attention_mask) for states in output.hidden_states]
            return list(torch.cat(pooled, dim=1).float().cpu().numpy())

        return read


def pool(states: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
    """Mean of the hidden states of real tokens: shapes (rows, length, width), (rows, length) to (rows, width)."""
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
