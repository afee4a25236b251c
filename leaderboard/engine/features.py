"""Features: what a frozen body makes of a text, computed once a text and kept."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch

from leaderboard.engine.batching import Batch, Row
from leaderboard.engine.engine import Engine, Forward
from leaderboard.models.loaded import LoadedModel

FloatArray = npt.NDArray[np.float64]


class Features:
    """Mean-pooled last hidden states of a model's body, with a memory.

    Mean over the tokens of a text, special tokens included (Reimers & Gurevych 2019). Texts longer than the model
    reads are cut on the right.
    """

    def __init__(self, engine: Engine, model: LoadedModel, *, max_length: int) -> None:
        self._engine = engine
        self._model = model
        self._max_length = min(max_length, model.max_length)
        self._known: dict[str, npt.NDArray[np.float32]] = {}

    @property
    def width(self) -> int:
        """Length of a feature vector."""
        return int(self._model.body.config.hidden_size)

    def of(self, texts: Sequence[str], *, what: str = "reading texts") -> FloatArray:
        """Feature vectors, shape (len(texts), width); a text seen before costs nothing."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        vectors = self._engine.ask(self._model, self._rows(new), _reader, kind="features", what=what)
        self._known.update(zip(new, vectors, strict=True))
        return np.array([self._known[text] for text in texts], dtype=np.float64).reshape(len(texts), self.width)

    def compute(self, texts: Sequence[str], *, what: str = "reading texts") -> list[npt.NDArray[np.float32]]:
        """Feature vectors computed afresh, which the memory neither serves nor learns."""
        return self._engine.run(self._model, self._rows(texts), _reader, what=what)

    def tokens(self, text: str) -> list[int]:
        """Token ids of a text as the body reads it."""
        ids: list[int] = self._model.tokenizer.encode(text, truncation=True, max_length=self._max_length)
        return ids

    def _rows(self, texts: Sequence[str]) -> list[Row]:
        return [Row(tuple(self.tokens(text))) for text in texts]


def _reader(model: LoadedModel) -> Forward[npt.NDArray[np.float32]]:
    def read(batch: Batch) -> list[npt.NDArray[np.float32]]:
        states = model.body(input_ids=batch.input_ids, attention_mask=batch.attention_mask).last_hidden_state
        return list(pool(states, batch.attention_mask).float().cpu().numpy())

    return read


def pool(states: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
    """Mean of the hidden states of real tokens: shapes (rows, length, width), (rows, length) to (rows, width)."""
    weights = attention_mask.unsqueeze(-1).to(states.dtype)
    return (states * weights).sum(1) / weights.sum(1).clamp(min=1)
