"""Streamed answers of a server, timed part by part."""

from collections.abc import Iterator, Mapping
from typing import Any

from leaderboard.backends.openai.connection import EventStream
from leaderboard.backends.openai.server_errors import ServerFailureError, ServerRefusalError, own_words
from leaderboard.backends.openai.writers import Writer
from leaderboard.backends.streaming import Prices, StreamedAnswer
from leaderboard.bounded_json import JsonError, parse_json

_END = "[DONE]"
_USAGE = {"stream_options": {"include_usage": True}}
_FULL_LENGTH = {"ignore_eos": True}
_REQUESTS: tuple[Mapping[str, Any], ...] = (_USAGE | _FULL_LENGTH, _USAGE, {})
"""Further fields of requests, the first of which that the server accepts are sent."""


class ServedStreamer:
    """A streamer whose texts a server writes."""

    def __init__(self, writer: Writer, prices: Prices | None) -> None:
        """Create the streamer of a model; nothing is sent.

        Args:
            writer: way of asking for one text.
            prices: of the server's tokens; None where they are unknown.
        """
        self._writer = writer
        self._prices = prices
        self._fields: Mapping[str, Any] | None = None

    @property
    def prices(self) -> Prices | None:
        """Prices of the server's tokens; None where they are unknown."""
        return self._prices

    @property
    def remarks(self) -> tuple[str, ...]:
        """Sentences on how the server was asked; see `Streamer.remarks`."""
        if self._fields is None or "ignore_eos" in self._fields:
            return ()
        return ("the server refuses `ignore_eos`, so that answers may end before their full length",)

    def stream(self, prompt: str, tokens: int) -> StreamedAnswer:
        """Write a number of tokens behind a prompt; see `Streamer.stream`."""
        if self._fields is not None:
            return self._answer(prompt, tokens, self._fields)
        *others, last = _REQUESTS
        for fields in others:
            try:
                answer = self._answer(prompt, tokens, fields)
            except ServerRefusalError:
                continue
            self._fields = fields
            return answer
        answer = self._answer(prompt, tokens, last)
        self._fields = last
        return answer

    def _answer(self, prompt: str, tokens: int, fields: Mapping[str, Any]) -> StreamedAnswer:
        writer = self._writer
        request = {"model": writer.name.requested, **writer.prompted(prompt), "max_tokens": tokens, "temperature": 0}
        with writer.connection.streamed(writer.path, {**request, "stream": True, **fields}) as stream:
            return self._read(stream)

    def _read(self, stream: EventStream) -> StreamedAnswer:
        arrivals: list[float] = []
        usage: Mapping[str, Any] = {}
        ended, last = False, stream.sent
        for last, data in stream.events:
            if data.strip() == _END:
                ended = True
                continue  # to the end of the stream, so that the next request has an open connection
            content = _object(data, self._writer.name.answering)
            usage = content["usage"] if isinstance(content.get("usage"), dict) else usage
            for choice in _choices(content):
                ended = ended or bool(choice.get("finish_reason"))
                if self._writer.part(choice) and (not arrivals or arrivals[-1] != last - stream.sent):
                    arrivals.append(last - stream.sent)
        if not ended:
            raise ServerFailureError("the server's stream of events ended before the answer did")
        details = usage.get("prompt_tokens_details")
        cached = details.get("cached_tokens") if isinstance(details, dict) else 0
        return StreamedAnswer(
            tuple(arrivals),
            last - stream.sent,
            _count(usage.get("prompt_tokens")),
            _count(usage.get("completion_tokens")),
            _count(cached) or 0,
        )


def _object(data: str, model: str) -> Mapping[str, Any]:
    """Return the content of an event.

    Raises:
        ServerFailureError: for one that is no JSON object, an error of the server, or of another model.
    """
    try:
        content = parse_json(data, finite=True)
    except JsonError as error:
        raise ServerFailureError(f"an event of the server's stream is no JSON: {error}") from None
    if not isinstance(content, dict):
        raise ServerFailureError("an event of the server's stream is no JSON object")
    if content.get("error"):
        raise ServerFailureError(f"the server's stream ended with an error: {own_words(str(content['error']))}")
    answering = content.get("model")
    if model and isinstance(answering, str) and answering and answering != model:
        raise ServerFailureError(f"the server answered with the model '{answering}' instead of '{model}'")
    return content


def _choices(content: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    choices = content.get("choices")
    yield from (each for each in choices if isinstance(each, dict)) if isinstance(choices, list) else ()


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
