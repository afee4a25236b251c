"""Limits on the rows of a file whose size says little about what is in it: binary formats, and Hub data sets."""

from dataclasses import dataclass

from leaderboard.data.decoding import LARGEST_BYTES
from leaderboard.data.delimited import LONGEST_VALUE, MOST_COLUMNS, MOST_ROWS, MOST_VALUES
from leaderboard.data.text_files import bytes_text
from leaderboard.errors import RequestError

DEEPEST = 32
"""Maximum depth of lists and structures in a value."""


@dataclass
class RowLimits:
    """Counts of what was read from a file, each within the limit that a text file has.

    One text that a dictionary or a run holds once may be the value of millions of rows, so what counts is what the rows
    hold, not what the file does.

    Attributes:
        place: name of the file, for messages.
        rows: rows so far.
        values: values so far, those in lists and structures too.
        characters: characters of all texts so far.
    """

    place: str
    rows: int = 0
    values: int = 0
    characters: int = 0

    def check_columns(self, count: int) -> None:
        """Check the number of columns.

        Raises:
            RequestError: when there are too many.
        """
        if count > MOST_COLUMNS:
            raise RequestError(f"{self.place}: more than {MOST_COLUMNS:,} columns")

    def add_rows(self, count: int) -> None:
        """Count rows.

        Raises:
            RequestError: when there are too many.
        """
        self.rows += count
        if self.rows > MOST_ROWS:
            raise self._too_many(f"{MOST_ROWS:,} rows")

    def add_values(self, count: int) -> None:
        """Count values, before memory is taken for them.

        Raises:
            RequestError: when there are too many.
        """
        self.values += count
        if self.values > MOST_VALUES:
            raise self._too_many(f"{MOST_VALUES:,} values")

    def add_text(self, total: int, longest: int) -> None:
        """Count texts by their total and their greatest length.

        Raises:
            RequestError: when one is too long, or all of them together.
        """
        self.characters += total
        if longest > LONGEST_VALUE:
            raise RequestError(f"{self.place}: a value has more than {LONGEST_VALUE:,} characters")
        if self.characters > LARGEST_BYTES:
            raise self._too_many(f"{bytes_text(LARGEST_BYTES)} of text")

    def _too_many(self, most: str) -> RequestError:
        return RequestError(f"{self.place}: more than {most}; split it into files that have fewer")
