"""HTTP client with timeouts, bounded retries and clear error messages."""

import time
from collections.abc import Iterator
from typing import Any

import httpx2
from unearth.fetchers import PyPIClient

TIMEOUT = httpx2.Timeout(connect=10.0, read=20.0, write=20.0, pool=10.0)
"""Timeouts in seconds without any progress."""
_SLOWEST = 2_000
"""Minimum average rate of a response in bytes per second."""
_HEADSTART_S = 30.0
"""Seconds before the rate of a response is checked."""
_WAITS_S = (1.0, 4.0)
"""Seconds before each retry, unless the server sets a time."""
_LONGEST_WAIT_S = 20.0
_TOO_MANY, _UNAVAILABLE, _BAD_GATEWAY, _GATEWAY_TIMEOUT = 429, 503, 502, 504
_RETRIED = frozenset({_TOO_MANY, _UNAVAILABLE, _BAD_GATEWAY, _GATEWAY_TIMEOUT})
_ERROR, _SERVER_ERROR, _NOT_FOUND, _GONE = 400, 500, 404, 410
_REASONS = {
    401: "asks for a user name and password, or refuses those that it was given",
    403: "refuses access",
    404: "does not have it",
    410: "does not have it any more",
    429: "says that it was asked too often",
}


class SlowResponseError(httpx2.ReadTimeout):
    """A response that is too slow to wait for."""


def status_text(status: int) -> str:
    """Describe an HTTP status."""
    status_text = _REASONS.get(status) or ("failed" if status >= _SERVER_ERROR else "refused the request")
    return f"the server {status_text} (HTTP {status})"


class RetryingClient(PyPIClient):
    """An HTTP client that never waits without end.

    Attributes:
        failures: errors of servers, oldest first; "not found" is a response and no error.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(timeout=TIMEOUT, follow_redirects=True, **settings)
        self.failures: list[str] = []

    def send(self, request: httpx2.Request, *, stream: bool = False, **settings: Any) -> httpx2.Response:
        """Send a request, with retries where the server asks for them; the response is read at a minimum rate.

        Raises:
            httpx2.HTTPError: when no answer comes in time.
        """
        try:
            response = self._send_with_retries(request, settings)
            if not stream:
                response.read()
        except httpx2.HTTPError as error:
            self.failures.append(http_error_text(error))
            raise
        if response.status_code >= _ERROR and response.status_code not in {_NOT_FOUND, _GONE}:
            self.failures.append(status_text(response.status_code))
        return response

    def _send_with_retries(self, request: httpx2.Request, settings: dict[str, Any]) -> httpx2.Response:
        waits = iter(_WAITS_S)
        while True:
            response = super().send(request, stream=True, **settings)
            wait = next(waits, None)
            if response.status_code not in _RETRIED or wait is None:
                if not isinstance(response.stream, _Paced):
                    response.stream = _Paced(response.stream)
                return response
            response.close()
            time.sleep(_retry_after(response) or wait)


class _Paced(httpx2.SyncByteStream):
    """The bytes of a response, as long as they arrive fast enough."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        begin, received = time.monotonic(), 0
        for part in self._stream:
            received += len(part)
            seconds = time.monotonic() - begin
            if seconds > _HEADSTART_S and received < _SLOWEST * seconds:
                raise SlowResponseError(f"{received} bytes in {seconds:.0f} s: the answer drips, and is given up")
            yield part

    def close(self) -> None:
        self._stream.close()


def http_error_text(error: httpx2.HTTPError) -> str:
    """Describe why there is no response."""
    match error:
        case SlowResponseError():
            return str(error)
        case httpx2.ConnectTimeout() | httpx2.PoolTimeout():
            return f"no connection within {TIMEOUT.connect:.0f} s"
        case httpx2.TimeoutException():
            return f"connected, but nothing came for {TIMEOUT.read:.0f} s"
        case httpx2.HTTPStatusError():
            return status_text(error.response.status_code)
    return str(error) or type(error).__name__


def _retry_after(response: httpx2.Response) -> float | None:
    """Return the seconds of the Retry-After header, within limits; dates are ignored."""
    retry_after = response.headers.get("Retry-After", "")
    return min(float(retry_after), _LONGEST_WAIT_S) if retry_after.isdecimal() else None
