"""The result of reading a split: its examples, and how many rows were left out for which reason."""

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from leaderboard.data.examples import Example

E = TypeVar("E", bound=Example)


@dataclass
class SplitReading(Generic[E]):
    """The result of reading a split.

    Attributes:
        origin: the file and the split, for messages.
        file: name of the file.
        examples: examples in the order of the file.
        rows: number of rows of the file.
        missing: number of rows that were left out because they lack a value.
        bad: number of rows that were left out because they cannot be read.
        unclassed: number of rows with a label outside of all `label_ranges`.
        contradictory: number of rows that were left out because equal texts have other labels.
        problems: one message with its position for each row that is neither an example nor left out.
        hint: a correction, where the settings for reading look wrong.
    """

    origin: str
    file: str
    examples: list[E] = field(default_factory=list)
    rows: int = 0
    missing: int = 0
    bad: int = 0
    unclassed: int = 0
    contradictory: int = 0
    problems: list[str] = field(default_factory=list)
    hint: str = ""

    @property
    def notes(self) -> tuple[str, ...]:
        """One sentence for each reason why rows were left out."""
        reasons = {
            "lack a value and were left out": self.missing,
            "cannot be read and were left out": self.bad,
            "have a label in no range and were left out": self.unclassed,
            "repeat a text under another label and were left out": self.contradictory,
        }
        return tuple(
            f"{count} of {self.rows} rows of {self.file} {reason}" for reason, count in reasons.items() if count
        )
