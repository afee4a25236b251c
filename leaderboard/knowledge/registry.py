"""Registry: all sources and retrievers of facts of this package and of plug-ins, by name.

Each is a class of a module of `leaderboard.knowledge.sources` or `.retrievers`. A plug-in registers its own through an
entry point: `[project.entry-points."leaderboard.knowledge_sources"] wiki = "my_package.wiki:Wiki"`, and
`leaderboard.retrievers` likewise.
"""

from collections.abc import Mapping
from functools import cache

import leaderboard.knowledge.retrievers
import leaderboard.knowledge.sources
from leaderboard.errors import RequestError, unknown_name
from leaderboard.knowledge.retriever import Retriever
from leaderboard.knowledge.source import KnowledgeSource
from leaderboard.named_classes import named_instances

SOURCES = "leaderboard.knowledge_sources"
"""Entry-point group of the sources of plug-ins."""
RETRIEVERS = "leaderboard.retrievers"
"""Entry-point group of the retrievers of plug-ins."""


@cache
def knowledge_sources() -> Mapping[str, KnowledgeSource]:
    """Return all sources by name; a plug-in that cannot be imported is left out with a warning.

    Raises:
        PluginError: for a plug-in that is no source, or two sources of one name.
    """
    return named_instances(KnowledgeSource, leaderboard.knowledge.sources, kind="source of knowledge", group=SOURCES)


@cache
def retrievers() -> Mapping[str, Retriever]:
    """Return all retrievers by name; a plug-in that cannot be imported is left out with a warning.

    Raises:
        PluginError: for a plug-in that is no retriever, or two retrievers of one name.
    """
    return named_instances(Retriever, leaderboard.knowledge.retrievers, kind="retriever", group=RETRIEVERS)


def retriever(name: str) -> Retriever:
    """Return the retriever with a name.

    Raises:
        RequestError: for an unknown name, with the nearest known one.
    """
    if name not in retrievers():
        raise unknown_name("retriever", name, retrievers(), where="recipe.retriever")
    return retrievers()[name]


def source_of(reference: str) -> KnowledgeSource:
    """Return the source that reads a reference.

    Raises:
        RequestError: when none does, with the forms that are read, or several do.
    """
    fitting = [source for source in knowledge_sources().values() if source.accepts(reference)]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        names = " and ".join(source.name for source in fitting)
        raise RequestError(
            f"recipe.knowledge {reference}: read by {names}\n  For a folder of that name write ./{reference}"
        )
    forms = "; ".join(source.form for source in knowledge_sources().values())
    raise RequestError(f"recipe.knowledge {reference}: no such folder, and no kind of knowledge base\n  Valid: {forms}")
