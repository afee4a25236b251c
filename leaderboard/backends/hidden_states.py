"""The interface of hidden states: the vectors that the layers of a model compute for the tokens of a text."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from enum import StrEnum

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.data.examples import Text

LAST_LAYER = -1


class Pooling(StrEnum):
    """Pooling of the hidden states of a text's tokens into one vector.

    `mean` over all of them, special tokens included (Reimers & Gurevych 2019); the `first` ([CLS] of BERT and its kin);
    the `last`, which in a causal model attends to all the others.
    """

    MEAN = "mean"
    FIRST = "first"
    LAST = "last"


class HiddenStates(ABC):
    """Hidden states of texts, without a unit: what a layer hands on to the next, normalised where the model does it.

    Layers are counted as in `output_hidden_states` of `transformers`: 0 is the embeddings, `layers` and -1 are the last
    layer. A text longer than `max_length` tokens is truncated on the right, a pair on the right of its longer text.

    A backend has to implement `layers` and `of_tokens`; the other methods are computed from them, and may be overridden
    by faster ones.
    """

    @property
    @abstractmethod
    def layers(self) -> int:
        """Number of layers behind the embeddings."""

    @abstractmethod
    def of_tokens(
        self,
        texts: Sequence[Text],
        *,
        layer: int = LAST_LAYER,
        max_length: int | None = None,
        work: str = "reading texts",
    ) -> list[FloatArray]:
        """Return the hidden state of each token, special tokens included: one array a text, shape (tokens, width).

        Args:
            texts: texts, or pairs of texts.
            layer: Layer that is read, from -1 to `layers`.
            max_length: Largest number of tokens of a text; None, or more than the model reads, for what it reads.
            work: Name of the work, for the progress display.
        """

    def pooled(
        self,
        texts: Sequence[Text],
        *,
        layer: int = LAST_LAYER,
        pooling: Pooling = Pooling.MEAN,
        max_length: int | None = None,
        work: str = "reading texts",
        remember: bool = True,
    ) -> FloatArray:
        """Return one vector for each text, shape (len(texts), width).

        Args:
            texts: texts, or pairs of texts.
            layer: Layer that is read, from -1 to `layers`.
            pooling: how the vectors of the tokens become one.
            max_length: Largest number of tokens of a text; None, or more than the model reads, for what it reads.
            work: Name of the work, for the progress display.
            remember: Whether to read and write the cache of answers.
        """
        del remember
        states = self.of_tokens(texts, layer=layer, max_length=max_length, work=work)
        return np.array([pool_tokens(each, pooling) for each in states]) if states else np.zeros((0, 0))

    def token_count(self, text: Text, *, max_length: int | None = None) -> int:
        """Return the number of tokens that are read of a text, special tokens included."""
        return len(self.of_tokens([text], max_length=max_length)[0])


def pool_tokens(states: FloatArray, pooling: Pooling) -> FloatArray:
    """Return one vector for the hidden states of a text: shapes (tokens, width) to (width,)."""
    pooled: FloatArray = states.mean(0) if pooling is Pooling.MEAN else states[0 if pooling is Pooling.FIRST else -1]
    return pooled
