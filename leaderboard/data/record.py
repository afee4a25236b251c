"""One row of a file, before anything of it is understood."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]
"""Column to value. A column without a name is called by its number, from 0."""


@dataclass(frozen=True, slots=True)
class Record:
    """One row of a file, or what is wrong with it.

    Attributes:
        number: of the row, from 1, header and blank lines not counted.
        line: where it begins, from 1; 0 in a file whose rows are not lines.
        row: its columns; empty where it cannot be read.
        problem: why it cannot be read, empty where it can.
    """

    number: int
    line: int
    row: Row
    problem: str = ""

    @property
    def place(self) -> str:
        """Where it is, for messages."""
        return f"line {self.line}: row {self.number}" if self.line else f"row {self.number}"
