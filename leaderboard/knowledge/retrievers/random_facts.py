"""RandomFacts: facts drawn at random, a control for every other retriever."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from leaderboard.identity import digest
from leaderboard.knowledge.fact import Fact
from leaderboard.knowledge.retriever import FactIndex, Retriever

if TYPE_CHECKING:
    from leaderboard.backends.model import Model


class RandomFacts(Retriever):
    """Draw facts at random, the same for the same question: what facts that do not fit do to the answers."""

    name: ClassVar[str] = "random"
    source: ClassVar[str] = "control; Cuconasu et al. 2024, The Power of Noise"

    def index(self, facts: Sequence[Fact], encoder: "Model | None") -> FactIndex:
        """Return all facts."""
        del encoder
        return _RandomIndex(len(facts))


class _RandomIndex(FactIndex):
    def __init__(self, size: int) -> None:
        self._size = size

    def search(self, question: str, k: int) -> list[int]:
        rng = np.random.default_rng(int(digest(question), 16))
        return [int(place) for place in rng.choice(self._size, size=min(k, self._size), replace=False)]
