"""Dense: facts whose embedding is near to that of a question."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.backends.hidden_states import HiddenStates
from leaderboard.errors import RequestError
from leaderboard.knowledge.fact import Fact
from leaderboard.knowledge.retriever import FactIndex, Retriever, best

if TYPE_CHECKING:
    from leaderboard.backends.model import Model


class Dense(Retriever):
    """Rank facts by the cosine of mean hidden states of the last layer of a local encoder."""

    name: ClassVar[str] = "dense"
    source: ClassVar[str] = "Karpukhin et al. 2020 (DPR); Reimers & Gurevych 2019 for the pooling"
    needs_encoder: ClassVar[bool] = True

    def index(self, facts: Sequence[Fact], encoder: "Model | None") -> FactIndex:
        """Return the facts by their embeddings.

        Raises:
            RequestError: without an encoder.
            NotMeasurableError: when the encoder gives no hidden states.
        """
        if encoder is None:
            raise RequestError("recipe.retriever dense: needs recipe.encoder, a model that embeds texts")
        return _DenseIndex(encoder.hidden_states(), [fact.text for fact in facts])


class _DenseIndex(FactIndex):
    def __init__(self, states: HiddenStates, texts: Sequence[str]) -> None:
        self._states = states
        self._facts = _unit(states.pooled(texts, work="embedding facts"))

    def search(self, question: str, k: int) -> list[int]:
        # Not remembered: the time of a search is part of the time of an answer.
        return best(self._facts @ _unit(self._states.pooled([question], remember=False))[0], k)


def _unit(vectors: FloatArray) -> FloatArray:
    """Return vectors of length 1, shape (texts, width); a vector of zeros stays."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: FloatArray = vectors / np.where(lengths == 0, 1.0, lengths)
    return scaled
