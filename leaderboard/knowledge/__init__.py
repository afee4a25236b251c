"""Knowledge: facts from outside a model, where they come from and how those for a question are found.

A new source needs these names: `KnowledgeSource` to subclass and `Fact` that it returns; a new retriever needs
`Retriever` and `FactIndex`. `leaderboard.knowledge.registry` collects both.
"""

from typing import TYPE_CHECKING

from leaderboard.lazy_names import lazy_import

if TYPE_CHECKING:
    from leaderboard.knowledge.fact import Fact
    from leaderboard.knowledge.retriever import FactIndex, Retriever
    from leaderboard.knowledge.source import KnowledgeSource

__all__ = ["Fact", "FactIndex", "KnowledgeSource", "Retriever"]

__getattr__ = lazy_import(
    "leaderboard.knowledge",
    {"Fact": "fact", "FactIndex": "retriever", "KnowledgeSource": "source", "Retriever": "retriever"},
)
