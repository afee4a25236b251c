"""HTTP connection to a server of models, with limits on time, size, retries and redirects."""

import json
import logging
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, NoReturn

import httpx2

from leaderboard.backends.openai.exchange_deadline import ExchangeDeadline
from leaderboard.backends.openai.reference import ServerAddress
from leaderboard.backends.openai.server_errors import (
    CLIENT_ERROR,
    FORBIDDEN,
    SERVER_ERROR,
    UNAUTHORIZED,
    AccessDeniedError,
    ServerFailureError,
    ServerRefusalError,
    ServerStatusError,
    own_words,
)
from leaderboard.backends.openai.starting_advice import starting_advice
from leaderboard.bounded_json import JsonError, parse_json
from leaderboard.data.http_client import http_error_text
from leaderboard.errors import NotMeasurableError, RequestError
from leaderboard.redaction import keep_secret
from leaderboard.settings import OPENAI_KEY, SERVER_KEY, server_key, server_timeout

log = logging.getLogger(__name__)

CONNECT_S = 10.0
"""Seconds to connect."""
WAITS_S = (1.0, 2.0, 4.0, 8.0)
"""Seconds before each retry, unless the server sets a time."""
LONGEST_WAIT_S = 60.0
"""Maximum seconds that a server's Retry-After is followed."""
LARGEST_ANSWER = 64_000_000
"""Maximum bytes of an answer; the log-probabilities of 100,000 tokens have fewer."""
_BUSY = frozenset({408, 409, 425, 429, 502, 503, 504})
"""Statuses after which a request is sent again."""
_REDIRECT, _OK = 300, 200
_EVENTS = "text/event-stream"
_CLOSED_CONNECTIONS, _CLOSED_S = 4, 0.1
"""Number of connections that a server may have closed between two requests, and seconds after which that shows."""
_LOST = (httpx2.ConnectError, httpx2.ReadError, httpx2.WriteError, httpx2.RemoteProtocolError)
"""Errors of connections after which a request is sent again; one that took too long is not."""


@dataclass(frozen=True, slots=True)
class ServerAnswer:
    """An answer of a server.

    Attributes:
        content: JSON-like.
        headers: of the response, names in lower case.
    """

    content: Any
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class EventStream:
    """A streamed answer of a server.

    Attributes:
        sent: time at which the request was sent, on the clock of `time.perf_counter`.
        events: time of the network read that completed each event, and its data; read once.
    """

    sent: float
    events: Iterator[tuple[float, str]]


class Connection:
    """A connection to one server, which several threads use at the same time."""

    def __init__(
        self, address: ServerAddress, *, timeout_s: float | None = None, waits_s: Sequence[float] = WAITS_S
    ) -> None:
        """Prepare a connection; nothing is sent.

        Args:
            address: of the server.
            timeout_s: seconds that an exchange may take, to the last byte; by default the user's setting.
            waits_s: seconds before each retry.

        Raises:
            RequestError: for a key that no header can hold.
        """
        self.address = address
        self._timeout_s = server_timeout() if timeout_s is None else timeout_s
        self._waits_s = waits_s
        self._cancelled = threading.Event()
        self._deadline = ExchangeDeadline()
        self._key, self._key_name = _key_for(address)

    def get(self, path: str) -> ServerAnswer:
        """Request an endpoint; errors as of `post`."""
        return self._ask("GET", path, None)

    def post(self, path: str, content: Mapping[str, Any]) -> ServerAnswer:
        """Send a JSON object to an endpoint, again while the server is busy.

        Args:
            path: of the endpoint behind the address of the API; one that begins with `//` is of the server itself.
            content: JSON-like.

        Raises:
            AccessDeniedError: If the key is missing or wrong.
            ServerRefusalError: for HTTP 4xx.
            ServerStatusError: for HTTP 5xx after all retries.
            ServerFailureError: when no valid answer comes in time.
        """
        return self._ask("POST", path, content)

    @contextmanager
    def streamed(self, path: str, content: Mapping[str, Any]) -> Iterator[EventStream]:
        """Send a JSON object to an endpoint, and yield the server-sent events of its answer.

        Nothing is sent again, since the time is measured, except over a connection that the server had closed.

        Raises:
            NotMeasurableError: when the answer is no stream of events.
            LeaderboardError: as of `post`, also while the events are read.
        """
        with self._explained(path), ExitStack() as exchange:
            sent, response = self._first_response(exchange, path, content)
            if response.status_code != _OK:
                self._raise(path, response, _body(response))
            kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
            if kind != _EVENTS:
                raise NotMeasurableError(
                    f"{self._url(path)}: the server ignores `stream`: its answer is {kind or 'untyped'}, not {_EVENTS}"
                )
            yield EventStream(sent, self._events(path, response))

    def _first_response(
        self, exchange: ExitStack, path: str, content: Mapping[str, Any]
    ) -> tuple[float, httpx2.Response]:
        """Return the time of sending and the response, over the first connection that the server has kept open.

        Servers close connections after a time or a number of requests, which only shows when the next one is sent.
        """
        for _ in range(_CLOSED_CONNECTIONS):
            sent = time.perf_counter()
            try:
                return sent, exchange.enter_context(self._sent("POST", path, content, accept=_EVENTS))
            except (httpx2.ReadError, httpx2.WriteError, httpx2.RemoteProtocolError):
                if time.perf_counter() - sent > _CLOSED_S:  # the server began to answer, and failed
                    raise
        sent = time.perf_counter()
        return sent, exchange.enter_context(self._sent("POST", path, content, accept=_EVENTS))

    def _events(self, path: str, response: httpx2.Response) -> Iterator[tuple[float, str]]:
        for event in httpx2.EventSource(response, LARGEST_ANSWER):
            if response.num_bytes_downloaded > LARGEST_ANSWER:
                raise self._failure(path, f"the answer is larger than {LARGEST_ANSWER // 10**6} MB")
            yield self._deadline.last_read, event.data

    def cancel(self) -> None:
        """Stop all retries and waiting: the answers are not needed any more."""
        self._cancelled.set()

    def resume(self) -> None:
        """Allow requests again, after all cancelled ones have ended."""
        self._cancelled.clear()

    @property
    def client(self) -> httpx2.Client:
        """The HTTP client."""
        if self._client is None:
            self._client = self._new_client()
        return self._client

    _client: httpx2.Client | None = None

    def _new_client(self) -> httpx2.Client:
        headers = {"Accept-Encoding": "identity"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        client = httpx2.Client(
            headers=headers,
            timeout=httpx2.Timeout(self._timeout_s, connect=min(CONNECT_S, self._timeout_s)),
            follow_redirects=False,  # the key and the prompts are for this address
            verify=self.address.encrypted,  # certificates take long to load
            trust_env=not self.address.on_this_machine,  # proxies
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=64),
        )
        self._deadline.hold_for(client)
        return client

    def _ask(self, method: str, path: str, content: Mapping[str, Any] | None) -> ServerAnswer:
        waits = iter(self._waits_s)
        while not self._cancelled.is_set():
            wait = next(waits, None)
            with self._explained(path):
                try:
                    with self._sent(method, path, content) as response:
                        if response.status_code not in _BUSY or wait is None:
                            return self._answer(path, response)
                        wait = _retry_after(response, wait)
                except _LOST:
                    if wait is None:
                        raise
            self._cancelled.wait(wait)
        raise self._failure(path, "the request was cancelled")

    @contextmanager
    def _explained(self, path: str) -> Iterator[None]:
        """Raise errors of the connection as one message.

        Raises:
            ServerFailureError: instead of any error of the HTTP client.
        """
        try:
            yield
        except httpx2.TimeoutException as error:
            if isinstance(error, httpx2.ConnectTimeout | httpx2.PoolTimeout):
                raise self._failure(path, "no connection" + starting_advice(self.address)) from None
            reason = f"no complete answer within {self._timeout_s:g} s; LEADERBOARD_SERVER_TIMEOUT=10m waits longer"
            raise self._failure(path, reason) from None
        except httpx2.HTTPError as error:
            advice = starting_advice(self.address) if isinstance(error, httpx2.ConnectError) else ""
            raise self._failure(path, http_error_text(error) + advice) from None

    @contextmanager
    def _sent(
        self, method: str, path: str, content: Mapping[str, Any] | None, *, accept: str = "application/json"
    ) -> Iterator[httpx2.Response]:
        body = None if content is None else json.dumps(content, allow_nan=False).encode()
        headers = {"Accept": accept} if body is None else {"Accept": accept, "Content-Type": "application/json"}
        with (
            self._deadline.within(self._timeout_s),
            self.client.stream(method, self._url(path), content=body, headers=headers) as response,
        ):
            yield response

    def _url(self, path: str) -> str:
        return self.address.root + path[1:] if path.startswith("//") else self.address.url + path

    def _answer(self, path: str, response: httpx2.Response) -> ServerAnswer:
        body = _body(response)
        if response.status_code != _OK:
            self._raise(path, response, body)
        try:
            content = parse_json(body.decode(), finite=True)
        except (JsonError, UnicodeDecodeError) as error:
            raise self._failure(path, f"the answer is no JSON: {error}") from None
        return ServerAnswer(content, {name.lower(): value for name, value in response.headers.items()})

    def _raise(self, path: str, response: httpx2.Response, body: bytes) -> NoReturn:
        status = response.status_code
        words = own_words(_message(body))
        place = f"{self._url(path)}: HTTP {status}"
        if _REDIRECT <= status < CLIENT_ERROR:
            raise self._failure(path, f"redirects elsewhere (HTTP {status}), which is not followed; name that address")
        if status in {UNAUTHORIZED, FORBIDDEN}:
            raise AccessDeniedError(f"{place}: {words}\n  {self._key_advice()}")
        if status >= SERVER_ERROR:
            raise ServerStatusError(f"{place}: {words}")
        if status in _BUSY:
            raise ServerFailureError(f"{place} after {len(self._waits_s)} retries: {words}")
        if status < CLIENT_ERROR:
            raise self._failure(path, f"HTTP {status} is no answer")
        raise ServerRefusalError(f"{place}: {words}")

    def _key_advice(self) -> str:
        if self._key:
            return f"The server refuses the key in {self._key_name}"
        if self._key_name:
            return (
                f"{self._key_name} is not sent over http to another machine; set {SERVER_KEY}, which is sent wherever "
                "the address says, or use https"
            )
        return f"Set {OPENAI_KEY} or {SERVER_KEY} to the key of the server"

    def _failure(self, path: str, reason: str) -> ServerFailureError:
        return ServerFailureError(f"{self._url(path)}: {reason}")


def _key_for(address: ServerAddress) -> tuple[str, str]:
    """Return the key that this server may get, which may be empty, and the name of its variable.

    Raises:
        RequestError: for a key that no header can hold.
    """
    key, name = server_key()
    if key:
        keep_secret(key)
    protected = address.encrypted or address.on_this_machine or name == SERVER_KEY
    if protected and not (key.isascii() and key.isprintable()):
        raise RequestError(
            f"{name}: the key has characters that an HTTP header cannot hold\n"
            "  Keys have ASCII letters, digits and signs; copy it again without quotation marks and line ends"
        )
    return key if protected else "", name


def _retry_after(response: httpx2.Response, wait: float) -> float:
    """Return the seconds to wait: those of the Retry-After header, within limits; dates are ignored."""
    text = response.headers.get("Retry-After", "")
    try:
        return min(max(float(text), 0.0), LONGEST_WAIT_S)
    except ValueError:
        return wait


def _body(response: httpx2.Response) -> bytes:
    """Read an answer within its limit.

    Raises:
        ServerFailureError: for one that is too large.
    """
    parts, size = [], 0
    for part in response.iter_raw():
        size += len(part)
        if size > LARGEST_ANSWER:
            raise ServerFailureError(f"{response.url}: the answer is larger than {LARGEST_ANSWER // 10**6} MB")
        parts.append(part)
    return b"".join(parts)


def _message(body: bytes) -> str:
    """Return the server's explanation of an error."""
    text = body[:100_000].decode(errors="replace")
    try:
        content = parse_json(text)
    except JsonError:
        return text
    for name in ("error", "message", "detail"):
        if isinstance(content, dict) and name in content:
            content = content[name]
    return content if isinstance(content, str) else json.dumps(content)
