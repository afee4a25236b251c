"""Fact: one statement of a knowledge base, as a model reads it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fact:
    """One statement: a triple, an entry of a dictionary, or a passage of a text.

    Attributes:
        value: object of a triple, definition of a word, or passage.
        entity: what the statement is about; empty for a passage.
        relation: relation of a triple; empty elsewhere.
    """

    value: str
    entity: str = ""
    relation: str = ""

    @property
    def text(self) -> str:
        """Text that a model reads: "(entity, relation, value)" as in KAPING (Baek et al. 2023), or "entity: value"."""
        if self.relation:
            return f"({self.entity}, {self.relation}, {self.value})"
        return f"{self.entity}: {self.value}" if self.entity else self.value
