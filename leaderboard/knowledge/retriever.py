"""Retriever: one way to find the facts for a question."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.knowledge.fact import Fact

if TYPE_CHECKING:
    from leaderboard.backends.model import Model


class FactIndex(ABC):
    """Facts that are prepared for a search."""

    @abstractmethod
    def search(self, question: str, k: int) -> list[int]:
        """Return the positions of at most k facts among all, the best first; fewer where no others fit."""


class Retriever(ABC):
    """Way to find facts: one object, one file. The first paragraph of its docstring says how.

    Attributes:
        name: name of the retriever, for `recipe.retriever`.
        source: paper that it follows.
        needs_encoder: whether it needs a model that embeds texts.
        needs_entities: whether facts need an entity.
    """

    name: ClassVar[str]
    source: ClassVar[str]
    needs_encoder: ClassVar[bool] = False
    needs_entities: ClassVar[bool] = False

    @abstractmethod
    def index(self, facts: Sequence[Fact], encoder: "Model | None") -> FactIndex:
        """Return the facts, prepared for a search.

        Args:
            facts: at least one.
            encoder: model that embeds texts; None where the retriever needs none.

        Raises:
            NotMeasurableError: when the encoder gives no hidden states.
        """


def best(scores: FloatArray, k: int) -> list[int]:
    """Return the positions of the k largest scores, the largest first; ties in the order of the facts.

    Args:
        scores: shape (facts,).
        k: number of positions.
    """
    if k <= 0:
        return []
    if k < len(scores):
        threshold = np.partition(scores, -k)[-k]
        candidates = np.flatnonzero(scores >= threshold)
    else:
        candidates = np.arange(len(scores))
    order = np.argsort(-scores[candidates], kind="stable")
    return [int(position) for position in candidates[order][:k]]
