"""BM25: facts that share rare words with a question."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from leaderboard.knowledge.fact import Fact
from leaderboard.knowledge.retriever import FactIndex, Retriever, best
from leaderboard.knowledge.words import words_of

if TYPE_CHECKING:
    from bm25s import BM25

    from leaderboard.backends.model import Model


class Bm25(Retriever):
    """Rank facts by BM25 with k1 = 1.5 and b = 0.75 over words, and over single and paired Han characters.

    A fact that shares no word with the question is not found. Computed by `bm25s` in Lucene's variant.
    """

    name: ClassVar[str] = "bm25"
    source: ClassVar[str] = "Robertson et al. 1994; Lù 2024, BM25S; Kamphuis et al. 2020 for the variant"

    def index(self, facts: Sequence[Fact], encoder: "Model | None") -> FactIndex:
        """Return the facts by their words."""
        del encoder
        from bm25s import BM25  # noqa: PLC0415 - slow to import

        scorer = BM25(k1=1.5, b=0.75, method="lucene")
        # An empty fact would have no words; the index needs one.
        scorer.index([words_of(fact.text) or [""] for fact in facts], show_progress=False)
        return _Bm25Index(scorer)


class _Bm25Index(FactIndex):
    def __init__(self, scorer: "BM25") -> None:
        self._scorer = scorer

    def search(self, question: str, k: int) -> list[int]:
        words = list(dict.fromkeys(word for word in words_of(question) if word in self._scorer.vocab_dict))
        if not words:
            return []
        scores = np.asarray(self._scorer.get_scores(words), dtype=np.float64)
        return [position for position in best(scores, k) if scores[position] > 0]
