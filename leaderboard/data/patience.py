"""Waiting for servers: bounded, with more tries where a server asks for patience, and the true reason at the end."""

import time
from collections.abc import Iterator
from typing import Any

import httpx2
from unearth.fetchers import PyPIClient

TIMEOUT = httpx2.Timeout(connect=10.0, read=20.0, write=20.0, pool=10.0)
"""Seconds without any progress."""
_SLOWEST = 2_000
"""Bytes a second, on average, below which an answer drips and is given up."""
_HEADSTART_S = 30.0
"""Before the pace of an answer is judged."""
_WAITS_S = (1.0, 4.0)
"""Before each further try, where the server names no time."""
_LONGEST_WAIT_S = 20.0
_TOO_MANY, _UNAVAILABLE, _BAD_GATEWAY, _GATEWAY_TIMEOUT = 429, 503, 502, 504
_TRIED_AGAIN = frozenset({_TOO_MANY, _UNAVAILABLE, _BAD_GATEWAY, _GATEWAY_TIMEOUT})
_ERROR, _SERVER_ERROR, _NOT_FOUND, _GONE = 400, 500, 404, 410
_REASONS = {
    401: "asks for a user name and password, or refuses those that it was given",
    403: "refuses access",
    404: "does not have it",
    410: "does not have it any more",
    429: "says that it was asked too often",
}


class DrippingError(httpx2.ReadTimeout):
    """An answer that comes so slowly that it would take for ever."""


def reason(status: int) -> str:
    """What a server said by its status, in words."""
    said = _REASONS.get(status) or ("failed" if status >= _SERVER_ERROR else "refused the request")
    return f"the server {said} (HTTP {status})"


class PatientClient(PyPIClient):
    """An HTTP client that waits for nothing without end.

    Attributes:
        failures: what servers said instead of an answer, oldest first; that something is not there is an answer.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(timeout=TIMEOUT, follow_redirects=True, **settings)
        self.failures: list[str] = []

    def send(self, request: httpx2.Request, *, stream: bool = False, **settings: Any) -> httpx2.Response:
        """Send a request, again where the server asks for patience; the answer is read at a bounded pace.

        Raises:
            httpx2.HTTPError: when no answer comes in time.
        """
        try:
            response = self._tried(request, settings)
            if not stream:
                response.read()
        except httpx2.HTTPError as error:
            self.failures.append(described(error))
            raise
        if response.status_code >= _ERROR and response.status_code not in {_NOT_FOUND, _GONE}:
            self.failures.append(reason(response.status_code))
        return response

    def _tried(self, request: httpx2.Request, settings: dict[str, Any]) -> httpx2.Response:
        waits = iter(_WAITS_S)
        while True:
            response = super().send(request, stream=True, **settings)
            wait = next(waits, None)
            if response.status_code not in _TRIED_AGAIN or wait is None:
                if not isinstance(response.stream, _Paced):
                    response.stream = _Paced(response.stream)
                return response
            response.close()
            time.sleep(_asked_to_wait(response) or wait)


class _Paced(httpx2.SyncByteStream):
    """The bytes of an answer, for as long as they come fast enough."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        begin, received = time.monotonic(), 0
        for part in self._stream:
            received += len(part)
            seconds = time.monotonic() - begin
            if seconds > _HEADSTART_S and received < _SLOWEST * seconds:
                raise DrippingError(f"{received} bytes in {seconds:.0f} s: the answer drips, and is given up")
            yield part

    def close(self) -> None:
        self._stream.close()


def described(error: httpx2.HTTPError) -> str:
    """Why no answer came, in words."""
    match error:
        case DrippingError():
            return str(error)
        case httpx2.ConnectTimeout() | httpx2.PoolTimeout():
            return f"no connection within {TIMEOUT.connect:.0f} s"
        case httpx2.TimeoutException():
            return f"connected, but nothing came for {TIMEOUT.read:.0f} s"
        case httpx2.HTTPStatusError():
            return reason(error.response.status_code)
    return str(error) or type(error).__name__


def _asked_to_wait(response: httpx2.Response) -> float | None:
    """Seconds that a server asks to wait, within reason; dates and nonsense are not read."""
    asked = response.headers.get("Retry-After", "")
    return min(float(asked), _LONGEST_WAIT_S) if asked.isdecimal() else None
