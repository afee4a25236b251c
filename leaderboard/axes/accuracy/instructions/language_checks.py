"""Language check: the language that a text is written in."""

from typing import ClassVar

from pydantic import field_validator

from leaderboard.axes.accuracy.instructions.check import InstructionCheck
from leaderboard.data.text_language import LANGUAGES, language_of


class WrittenLanguage(InstructionCheck):
    """The text is in a language, by its script and its frequent words; a text too short to tell is in none.

    Attributes:
        code: ISO 639-1 code of the language.
    """

    name: ClassVar[str] = "language"
    code: str

    def holds(self, text: str) -> bool:
        """Return whether the text is in the language."""
        return language_of([text]) == self.code

    @field_validator("code")
    @classmethod
    def _is_detected(cls, code: str) -> str:
        if code not in LANGUAGES:
            raise ValueError(f"'{code}' is none of the languages that are recognised: {', '.join(LANGUAGES)}")
        return code
