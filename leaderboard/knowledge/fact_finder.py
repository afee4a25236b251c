"""FactFinder: the texts of facts for a question, and where they are put."""

from collections.abc import Sequence
from dataclasses import dataclass

from leaderboard.data.examples import Text
from leaderboard.knowledge.knowledge_base import FactSearch

_HEADING = "Facts:\n"
_SEPARATOR = "\n\n"


@dataclass(frozen=True)
class FactFinder:
    """Search for a number of facts, whose time is part of every answer: nothing that was found is remembered.

    Attributes:
        search: facts that are prepared for a search.
        count: number of facts for a question.
        with_choices: whether the choices of a question are part of the search.
    """

    search: FactSearch
    count: int
    with_choices: bool = False

    def texts(self, question: Text, choices: Sequence[str] = ()) -> list[str]:
        """Return the texts of the facts for a question, the best first."""
        parts = [question] if isinstance(question, str) else [*question]
        query = " ".join([*parts, *(choices if self.with_choices else ())])
        return [fact.text for fact in self.search.find(query, self.count)]

    def before(self, question: Text, choices: Sequence[str] = ()) -> str:
        """Return the facts as they stand before a prompted question, one a line; empty where none is found."""
        facts = self.texts(question, choices)
        return f"{_HEADING}{chr(10).join(facts)}{_SEPARATOR}" if facts else ""

    def beside(self, text: Text, choices: Sequence[str] = ()) -> Text:
        """Return a text, or a pair, with its facts behind the last one, where truncation reaches them first."""
        facts = " ".join(self.texts(text, choices))
        if not facts:
            return text
        return f"{text} {facts}" if isinstance(text, str) else (text[0], f"{text[1]} {facts}")
