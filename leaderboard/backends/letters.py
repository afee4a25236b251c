"""Interface of letters as answers: the model gets lettered options in a chat, and names the letter of one."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

from leaderboard.arrays import FloatArray

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
"""Letters of options, in order."""


class LetterSource(StrEnum):
    """Way in which a server says a letter."""

    LOGPROBS = "logprobs"
    JSON_SCHEMA = "json_schema"
    TEXT = "text"

    @property
    def words(self) -> str:
        """Description for notes."""
        return {
            LetterSource.LOGPROBS: "the likeliest letter as the first token of an answer (`top_logprobs`)",
            LetterSource.JSON_SCHEMA: "a letter in JSON that the server forces to a schema (`response_format`)",
            LetterSource.TEXT: "a text that is exactly one letter",
        }[self]


class LetterAnswers(Protocol):
    """Letters as answers of a server in a chat."""

    @property
    def source(self) -> LetterSource:
        """Way in which the server says a letter."""

    def answers(
        self, questions: Sequence[tuple[str, int]], *, work: str = "choosing", remember: bool = True
    ) -> list[FloatArray]:
        """Return a score of each letter for each question; empty for an answer without one of the letters.

        Args:
            questions: message of a user and its number of options, each of which has a letter.
            work: name of the work, for the progress display.
            remember: whether to read and write the cache.

        Returns:
            Log-probabilities, shape (options,), where the source gives some: a letter that is not among the likeliest
            tokens has the lowest of theirs, which is an upper bound. Else 1 for the letter and 0 for the others.

        Raises:
            NotMeasurableError: when the server does not answer in this way.
        """
