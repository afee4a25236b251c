"""Writers, which ask a server to continue prompts."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from leaderboard.backends.generation import Sampling
from leaderboard.backends.openai.answer_fields import only_choice
from leaderboard.backends.openai.connection import Connection, ServerAnswer
from leaderboard.backends.openai.scorers import ServedModelName
from leaderboard.backends.openai.server_errors import ServerFailureError
from leaderboard.identity import digest

MOST_STOPS = 4
"""Maximum number of stop strings in a request of the OpenAI API; texts are cut at the others here."""
_SEED_BITS = 31


class Writer(ABC):
    """One endpoint that writes text, used by several threads."""

    path: str
    """Path of the endpoint."""

    def __init__(self, connection: Connection, name: ServedModelName) -> None:
        """Create a writer; nothing is sent."""
        self.connection = connection
        self.name = name

    @staticmethod
    @abstractmethod
    def prompted(prompt: str) -> dict[str, Any]:
        """Return the fields of a request that hold the prompt."""

    @staticmethod
    @abstractmethod
    def text(choice: Mapping[str, Any]) -> str:
        """Return the text of an answer.

        Raises:
            ServerFailureError: If there is none.
        """

    @staticmethod
    @abstractmethod
    def part(choice: Mapping[str, Any]) -> str:
        """Return the text in one event of a streamed answer; empty where it has none."""

    def ask(self, prompt: str, settings: Mapping[str, Any]) -> ServerAnswer:
        """Return the answer of the server to one prompt; errors as of `Connection.post`."""
        return self.connection.post(self.path, {"model": self.name.requested, **self.prompted(prompt), **settings})

    def write(self, prompt: str, sampling: Sampling) -> str:
        """Return the text behind a prompt, up to the first stop string; errors as of `ask`."""
        text = self.text(only_choice(self.ask(prompt, settings_of(sampling, prompt)), self.name.answering))
        for stop in filter(None, sampling.until):
            text = text.partition(stop)[0]
        return text


class CompletionWriter(Writer):
    """A writer that continues a text as it is."""

    path = "/completions"

    @staticmethod
    def prompted(prompt: str) -> dict[str, Any]:
        """Return the prompt."""
        return {"prompt": prompt}

    @staticmethod
    def text(choice: Mapping[str, Any]) -> str:
        """Return the text of a completion; see `Writer.text`."""
        return _text(choice.get("text"))

    @staticmethod
    def part(choice: Mapping[str, Any]) -> str:
        """Return the text in one event; see `Writer.part`."""
        return str(choice.get("text") or "")


class ChatWriter(Writer):
    """A writer that answers the prompt as the message of a user, in the server's own chat format."""

    path = "/chat/completions"

    @staticmethod
    def prompted(prompt: str) -> dict[str, Any]:
        """Return the prompt as a conversation of one message."""
        return {"messages": [{"role": "user", "content": prompt}]}

    @staticmethod
    def text(choice: Mapping[str, Any]) -> str:
        """Return the text of a message; see `Writer.text`."""
        message = choice.get("message")
        return _text(message.get("content") if isinstance(message, dict) else None)

    @staticmethod
    def part(choice: Mapping[str, Any]) -> str:
        """Return the text in one event, that of a model's thoughts too, which are tokens as any other."""
        delta = choice.get("delta")
        fields = delta if isinstance(delta, dict) else {}
        return "".join(str(fields.get(name) or "") for name in ("reasoning_content", "reasoning", "content"))


def settings_of(sampling: Sampling, prompt: str) -> dict[str, Any]:
    """Return the fields of a request for decoding parameters; each prompt is sampled with a seed of its own."""
    settings: dict[str, Any] = {"max_tokens": sampling.max_new_tokens, "temperature": sampling.temperature}
    if stops := [stop for stop in sampling.until if stop][:MOST_STOPS]:
        settings["stop"] = stops
    if sampling.temperature:
        settings["seed"] = (int(digest(prompt)[:16], 16) + sampling.seed) % 2**_SEED_BITS
    return settings


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ServerFailureError("the server's answer has no text")
    return value
