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
        file: name of the file, where a source has several.
    """

    number: int
    line: int
    row: Row
    problem: str = ""
    file: str = ""

    @property
    def place(self) -> str:
        """Position of the row for messages."""
        row = f"line {self.line}: row {self.number}" if self.line else f"row {self.number}"
        return f"{self.file}: {row}" if self.file else row

    @property
    def key(self) -> str:
        """Number of the row, with the name of its file where there are several: what an id is made of."""
        return f"{self.file}-{self.number}" if self.file else str(self.number)
