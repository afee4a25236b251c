"""Letters as answers of a server in a chat, by log-probabilities, by a JSON schema or as a text."""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.backends.letters import LETTERS, LetterSource
from leaderboard.backends.openai.answer_fields import logprob, only_choice
from leaderboard.backends.openai.answering import Questions
from leaderboard.backends.openai.scorers import ServedModelName
from leaderboard.backends.openai.server_errors import ServerRefusalError
from leaderboard.backends.openai.writers import ChatWriter
from leaderboard.cache.answer_file import Float32Array
from leaderboard.errors import NotMeasurableError

_LIKELIEST = 20
"""Number of the likeliest tokens that are requested, the most of the OpenAI API and the default limit of vLLM."""
_NO_LETTER: Float32Array = np.array([], dtype=np.float32)
_ANSWER = "answer"


class ServedLetters(ABC):
    """Letters that a server says; an answer is kept as the scores of its letters, without any where it has none."""

    source: ClassVar[LetterSource]
    instead: ClassVar[str]
    """Advice for a server that does not answer in this way."""

    def __init__(self, questions: Questions, name: ServedModelName) -> None:
        """Create the letters of a model; nothing is sent.

        Args:
            questions: asks the server.
            name: of the model.
        """
        self._questions = questions
        self._writer = ChatWriter(questions.connection, name)

    def answers(
        self, questions: Sequence[tuple[str, int]], *, work: str = "choosing", remember: bool = True
    ) -> list[FloatArray]:
        """Return a score of each letter for each question; see `LetterAnswers.answers`."""
        kind = f"letters by {self.source}"
        answers = self._questions.ask(kind, questions, self._letter, work=work, remember=remember)
        return [answer.astype(np.float64) for answer in answers]

    @abstractmethod
    def _settings(self, letters: str) -> Mapping[str, Any]:
        """Return the fields of a request for one of the letters."""

    @abstractmethod
    def _scores(self, choice: Mapping[str, Any], letters: str) -> Float32Array:
        """Return the scores of the letters in an answer; raises what `LetterAnswers.answers` does."""

    def _letter(self, question: tuple[str, int]) -> Float32Array:
        message, count = question
        letters = LETTERS[:count]
        try:
            answer = self._writer.ask(message, {"temperature": 0, **self._settings(letters)})
        except ServerRefusalError as error:
            raise NotMeasurableError(f"{error}\n  {self.instead}") from None
        return self._scores(only_choice(answer, self._writer.name.answering), letters)


class LogprobLetters(ServedLetters):
    """Letters by the log-probabilities of the first token of an answer."""

    source = LetterSource.LOGPROBS
    instead = "Ask for letters in another way: --set recipe.by=json_schema or --set recipe.by=text"

    def _settings(self, letters: str) -> Mapping[str, Any]:
        del letters
        return {"max_tokens": 1, "logprobs": True, "top_logprobs": _LIKELIEST}

    def _scores(self, choice: Mapping[str, Any], letters: str) -> Float32Array:
        listed = _likeliest(choice)
        if not listed:
            raise NotMeasurableError(
                f"the server gives no log-probabilities of the first token of a chat (`top_logprobs`)\n  {self.instead}"
            )
        own = [[value for token, value in listed if token.strip() == letter] for letter in letters]
        if not any(own):
            return _NO_LETTER
        lowest = min(value for _, value in listed)
        return np.array([np.logaddexp.reduce(values) if values else lowest for values in own], dtype=np.float32)


class SchemaLetters(ServedLetters):
    """Letters in JSON that the server forces to a schema."""

    source = LetterSource.JSON_SCHEMA
    instead = "Ask for letters in another way: --set recipe.by=text"

    def _settings(self, letters: str) -> Mapping[str, Any]:
        schema = {
            "type": "object",
            "properties": {_ANSWER: {"type": "string", "enum": list(letters)}},
            "required": [_ANSWER],
            "additionalProperties": False,
        }
        form = {"name": _ANSWER, "strict": True, "schema": schema}
        return {"max_tokens": 32, "response_format": {"type": "json_schema", "json_schema": form}}

    def _scores(self, choice: Mapping[str, Any], letters: str) -> Float32Array:
        if choice.get("finish_reason") == "length":
            return _NO_LETTER
        text = self._writer.text(choice)
        try:
            content = json.loads(text)
        except ValueError:
            content = None
        letter = content.get(_ANSWER) if isinstance(content, dict) else None
        if not isinstance(letter, str) or len(letter) != 1 or letter not in letters:
            raise NotMeasurableError(
                f"the server ignores the JSON schema of an answer (`response_format`): it wrote {text[:60]!r}\n"
                f"  {self.instead}"
            )
        return _only(letter, letters)


class TextLetters(ServedLetters):
    """Letters that are the whole text of an answer."""

    source = LetterSource.TEXT
    instead = "The server has no chat (`/chat/completions`), in which letters are asked for"

    def _settings(self, letters: str) -> Mapping[str, Any]:
        del letters
        return {"max_tokens": 8}

    def _scores(self, choice: Mapping[str, Any], letters: str) -> Float32Array:
        text = self._writer.text(choice).strip()
        return _only(text, letters) if len(text) == 1 and text in letters else _NO_LETTER


LETTER_SOURCES: Mapping[LetterSource, type[ServedLetters]] = {
    each.source: each for each in (LogprobLetters, SchemaLetters, TextLetters)
}


def _likeliest(choice: Mapping[str, Any]) -> list[tuple[str, float]]:
    """Return the likeliest first tokens of an answer with their log-probabilities; none where there are none."""
    fields = choice.get("logprobs")
    tokens = fields.get("content") if isinstance(fields, dict) else None
    first = tokens[0] if isinstance(tokens, list) and tokens else None
    entries = first.get("top_logprobs") if isinstance(first, dict) else None
    pairs = [
        (each.get("token"), logprob(each.get("logprob")))
        for each in (entries if isinstance(entries, list) else ())
        if isinstance(each, dict)
    ]
    return [(token, value) for token, value in pairs if isinstance(token, str) and value is not None]


def _only(letter: str, letters: str) -> Float32Array:
    return np.array([each == letter for each in letters], dtype=np.float32)
