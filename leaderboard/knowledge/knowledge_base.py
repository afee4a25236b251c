"""KnowledgeBase: the facts of one source with their digest, and those that are found for a question."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from leaderboard.errors import RequestError
from leaderboard.identity import digest
from leaderboard.knowledge.fact import Fact
from leaderboard.knowledge.registry import knowledge_sources, source_of
from leaderboard.knowledge.retriever import FactIndex, Retriever

if TYPE_CHECKING:
    from leaderboard.backends.model import Model


@dataclass(frozen=True, eq=False)
class KnowledgeBase:
    """Facts of one source.

    Attributes:
        reference: name that it was opened by.
        facts: at least one.
    """

    reference: str
    facts: Sequence[Fact]

    @cached_property
    def digest(self) -> str:
        """Digest of all facts in their order; a copy of the file elsewhere has the same."""
        return digest([[fact.entity, fact.relation, fact.value] for fact in self.facts])

    def indexed(self, retriever: Retriever, encoder: "Model | None" = None) -> "FactSearch":
        """Return the facts, prepared for the searches of a retriever.

        Args:
            retriever: how facts are found.
            encoder: model that embeds texts; None where the retriever needs none.

        Raises:
            RequestError: for facts without entities, where the retriever needs them.
            NotMeasurableError: when the encoder gives no hidden states.
        """
        self.check(retriever)
        return FactSearch(self.facts, retriever.index(self.facts, encoder))

    def check(self, retriever: Retriever) -> None:
        """Check that a retriever can search these facts.

        Raises:
            RequestError: for facts without entities, where the retriever needs them.
        """
        if retriever.needs_entities and not all(fact.entity for fact in self.facts):
            raise RequestError(
                f"recipe.retriever {retriever.name}: finds facts by the entity that they are about, which passages of "
                f"{self.reference} have not\n  Valid for texts: bm25, dense"
            )


@dataclass(frozen=True)
class FactSearch:
    """Facts that are prepared for searches.

    Attributes:
        facts: all of them.
        index: finds positions among them.
    """

    facts: Sequence[Fact]
    index: FactIndex

    def find(self, question: str, k: int) -> list[Fact]:
        """Return at most k facts for a question, the best first."""
        return [self.facts[place] for place in self.index.search(question, k)]


def open_knowledge(reference: str) -> KnowledgeBase:
    """Return the facts of a reference; read again only when its files change.

    Raises:
        RequestError: for a reference that no source reads, files that are missing or malformed, or no facts.
        SourceUnavailableError: when it has to be fetched and cannot be reached.
    """
    source = source_of(reference)
    return _opened(source.name, reference, source.state(reference))


@lru_cache(maxsize=4)
def _opened(source: str, reference: str, state: Hashable) -> KnowledgeBase:
    del state
    facts = knowledge_sources()[source].facts(reference)
    if not facts:
        raise RequestError(f"recipe.knowledge {reference}: no facts\n  Valid: at least one")
    return KnowledgeBase(reference, facts)
