"""Deadline of a whole exchange with a server.

The timeouts of `httpx2` are of one read each. A server that sends bytes of a header, of the extension of a chunk, or
one `100 Continue` after another would be waited for without end. So each read and write gets what is left of the time.
"""

import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2


class ExchangeDeadline:
    """The time at which the exchange of each thread has to end; without one there is no limit."""

    def __init__(self) -> None:
        self._of_thread = threading.local()

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Limit what this thread reads and writes to so many seconds from now."""
        self._of_thread.end = time.monotonic() + seconds
        try:
            yield
        finally:
            self._of_thread.end = math.inf

    @property
    def last_read(self) -> float:
        """Time of the last bytes that this thread got from a server, on the clock of `time.perf_counter`."""
        return float(getattr(self._of_thread, "last_read", 0.0))

    def note_read(self) -> None:
        """Note that this thread has got bytes from a server."""
        self._of_thread.last_read = time.perf_counter()

    def limited(self, timeout: float | None) -> float | None:
        """Return the seconds that one read or write may take.

        Args:
            timeout: seconds that it may take otherwise; None without limit.

        Raises:
            httpx2.ReadTimeout: when the time of the exchange is over.
        """
        left = getattr(self._of_thread, "end", math.inf) - time.monotonic()
        if left <= 0:
            raise httpx2.ReadTimeout("the exchange took too long")
        if left == math.inf:
            return timeout
        return left if timeout is None else min(timeout, left)

    def hold_for(self, client: httpx2.Client) -> None:
        """Hold for all connections that a client opens from now on, those through proxies too."""
        # `httpx2` passes no network backend on, which is an argument of the pools of `httpcore2`
        for transport in (client._transport, *client._mounts.values()):  # noqa: SLF001
            if isinstance(transport, httpx2.HTTPTransport):
                pool: Any = transport._pool  # noqa: SLF001
                pool._network_backend = _LimitedBackend(pool._network_backend, self)  # noqa: SLF001


class _LimitedBackend:
    """Network backend of `httpcore2` whose connections keep a deadline."""

    def __init__(self, backend: Any, deadline: ExchangeDeadline) -> None:
        self._backend = backend
        self._deadline = deadline

    def connect_tcp(self, host: str, port: int, timeout: float | None = None, **options: Any) -> "_LimitedStream":
        stream = self._backend.connect_tcp(host, port, timeout=self._deadline.limited(timeout), **options)
        return _LimitedStream(stream, self._deadline)

    def sleep(self, seconds: float) -> None:
        self._backend.sleep(seconds)


class _LimitedStream:
    """Stream of a connection that keeps a deadline."""

    def __init__(self, stream: Any, deadline: ExchangeDeadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        content: bytes = self._stream.read(max_bytes, timeout=self._deadline.limited(timeout))
        self._deadline.note_read()
        return content

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, timeout=self._deadline.limited(timeout))

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> "_LimitedStream":
        stream = self._stream.start_tls(ssl_context, server_hostname, self._deadline.limited(timeout))
        return _LimitedStream(stream, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

    def close(self) -> None:
        self._stream.close()
