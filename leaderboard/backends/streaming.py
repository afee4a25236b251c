"""Interface of streamed text: answers of a model or a server with the time at which each part of them arrived."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class StreamedAnswer:
    """Times and token counts of one streamed answer.

    Attributes:
        arrivals: seconds from sending the request to each network read that brought text, ascending; one read may bring
            the text of several tokens. Empty for an answer without text.
        seconds: from sending the request to the end of the stream.
        prompt_tokens, completion_tokens: as the server counts them; None where it does not say.
        cached_tokens: tokens of the prompt that the server had computed before, where it says so.
    """

    arrivals: tuple[float, ...]
    seconds: float
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cached_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices of a server in USD per million tokens.

    Attributes:
        prompt: of tokens of prompts.
        completion: of tokens of answers.
    """

    prompt: float
    completion: float


class Streamer(Protocol):
    """Text generation with the time of each part; that of a server is used by several threads at the same time."""

    @property
    def prices(self) -> Prices | None:
        """Prices of the server's tokens; None where they are unknown."""

    @property
    def remarks(self) -> tuple[str, ...]:
        """Sentences on how the server was asked, after the first answer."""

    def stream(self, prompt: str, tokens: int) -> StreamedAnswer:
        """Write a number of tokens behind a prompt, without a cache of answers.

        Raises:
            NotMeasurableError: when the server does not stream, or the model does not read so many tokens.
            SourceUnavailableError: when the server fails, or its stream is no valid answer.
        """
