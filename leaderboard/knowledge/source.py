"""KnowledgeSource: one kind of knowledge base, read into facts."""

from abc import ABC, abstractmethod
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import ClassVar

from leaderboard.knowledge.fact import Fact


class KnowledgeSource(ABC):
    """Kind of knowledge base: one object, one file. The first paragraph of its docstring says what it reads.

    Attributes:
        name: name of the source.
        form: the references that it reads, for messages.
    """

    name: ClassVar[str]
    form: ClassVar[str]

    @abstractmethod
    def accepts(self, reference: str) -> bool:
        """Return whether a reference has its form; what it names need not exist."""

    @abstractmethod
    def facts(self, reference: str) -> Sequence[Fact]:
        """Return the facts, in a fixed order.

        Raises:
            RequestError: for a file that is missing or malformed, with the place.
            SourceUnavailableError: when it has to be fetched and cannot be reached.
        """

    def state(self, reference: str) -> Hashable:
        """Return what changes when the facts may have changed; they are read again then."""
        return file_state(Path(reference))


def file_state(path: Path) -> Hashable:
    """Return the time of change and size of a file; empty where it cannot be read."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return ()
    return status.st_mtime_ns, status.st_size
