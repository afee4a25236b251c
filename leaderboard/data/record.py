"""A row of a file before it is interpreted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]
"""Column to value; a column without a name is called by its number, from 0."""


@dataclass(frozen=True, slots=True)
class Record:
    """A row of a file, or what is wrong with it.

    Attributes:
        number: number of the row, from 1, without header and blank lines.
        line: line where it begins, from 1; 0 in a file whose rows are not lines.
        row: its columns; empty where it cannot be read.
        problem: why it cannot be read, empty where it can.
    """

    number: int
    line: int
    row: Row
    problem: str = ""

    @property
    def place(self) -> str:
        """Position of the row for messages."""
        return f"line {self.line}: row {self.number}" if self.line else f"row {self.number}"
