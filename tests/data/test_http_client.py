"""Servers that hang, drip, fail or ask for patience: no wait is without end, and the reason is the true one."""

import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx2
import pytest

from leaderboard.data import http_client, package_indexes
from leaderboard.data.fetching import download
from leaderboard.data.package_indexes import find
from leaderboard.errors import SourceUnavailableError

Answer = Callable[[BaseHTTPRequestHandler], None]


class Server:
    """A server on this machine whose answer is set by the test; counts what it is asked."""

    def __init__(self) -> None:
        self.answer: Answer = lambda _: None
        self.asked: list[str] = []
        self.stopping = threading.Event()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                owner.asked.append(self.path)
                owner.answer(self)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http.server_address[1]}/"


@pytest.fixture
def server(monkeypatch) -> Iterator[Server]:
    for name in ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_NO_INDEX", "PIP_TRUSTED_HOST"):
        monkeypatch.delenv(name, raising=False)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    # Nor does pip, half a second each time, list an empty configuration; `test_packages.py` has it list others.
    monkeypatch.setattr(package_indexes, "_pip_configuration", dict)
    monkeypatch.setattr(http_client, "_WAITS_S", (0.01, 0.01))
    running = Server()
    monkeypatch.setenv("PIP_INDEX_URL", running.url)
    yield running
    running.stopping.set()
    running.http.shutdown()


def status(number: int, body: bytes = b"", **headers: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(number)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def hangs(server: Server) -> Answer:
    return lambda _: server.stopping.wait(30)


def drips(server: Server) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html")
        handler.send_header("Content-Length", "100000")
        handler.end_headers()
        while not server.stopping.wait(0.02):
            try:
                handler.wfile.write(b" ")
            except OSError:
                return

    return answer


REASONS = {
    401: "asks for a user name and password",
    403: "refuses access",
    429: "was asked too often",
    500: r"failed \(HTTP 500\)",
    503: r"failed \(HTTP 503\)",
}


@pytest.mark.parametrize(("number", "message"), [*REASONS.items(), (404, "does not have it")])
def test_a_download_says_why_it_failed(server, tmp_path, number, message):
    server.answer = status(number)
    with pytest.raises(SourceUnavailableError, match=message):
        download(f"{server.url}file", tmp_path / "file")


@pytest.mark.slow_after(1)
@pytest.mark.parametrize(("number", "message"), [*REASONS.items(), (404, "has no such file")])
def test_an_index_that_fails_is_not_one_that_lacks_the_file(server, number, message):
    server.answer = status(number)
    with pytest.raises(SourceUnavailableError, match=f"the package index: .*{message}"):
        find("toy-data", "1.0", sdist=False, sha256=None)


@pytest.mark.parametrize("number", [429, 503])
def test_what_asks_for_patience_is_asked_again(server, tmp_path, number):
    answers = iter([status(number, Retry_After="0"), status(number), status(200, b"hello")])

    def answer(handler: BaseHTTPRequestHandler) -> None:
        next(answers)(handler)

    server.answer = answer
    download(f"{server.url}file", tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == b"hello"
    assert len(server.asked) == 3


@pytest.mark.parametrize("number", [403, 404, 500])
def test_what_will_not_change_is_asked_once(server, tmp_path, number):
    server.answer = status(number)
    with pytest.raises(SourceUnavailableError):
        download(f"{server.url}file", tmp_path / "file")
    assert len(server.asked) == 1


@pytest.mark.parametrize("long", ["100000", "tomorrow", "Wed, 21 Oct 2099 07:28:00 GMT"])
def test_nobody_waits_as_long_as_a_server_likes(server, tmp_path, monkeypatch, long):
    monkeypatch.setattr(http_client, "_LONGEST_WAIT_S", 0.05)
    server.answer = status(503, Retry_After=long)
    begin = time.monotonic()
    with pytest.raises(SourceUnavailableError, match="HTTP 503"):
        download(f"{server.url}file", tmp_path / "file")
    assert time.monotonic() - begin < 5


def ask(way: str, server: Server, target) -> None:
    if way == "download":
        download(f"{server.url}file", target)
    else:
        find("toy-data", "1.0", sdist=False, sha256=None)


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("way", ["download", "index"])
def test_a_server_that_hangs_is_given_up(server, tmp_path, monkeypatch, way):
    monkeypatch.setattr(http_client, "TIMEOUT", httpx2.Timeout(0.3))
    server.answer = hangs(server)
    begin = time.monotonic()
    with pytest.raises(SourceUnavailableError, match="connected, but nothing came for 0 s"):
        ask(way, server, tmp_path / "file")
    assert time.monotonic() - begin < 10


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("way", ["download", "index"])
def test_an_answer_that_drips_is_given_up(server, tmp_path, monkeypatch, way):
    monkeypatch.setattr(http_client, "_HEADSTART_S", 0.3)
    server.answer = drips(server)
    begin = time.monotonic()
    with pytest.raises(SourceUnavailableError, match="the answer drips"):
        ask(way, server, tmp_path / "file")
    assert time.monotonic() - begin < 10


def test_nobody_there_is_told_at_once(server, tmp_path):
    server.http.shutdown()
    server.http.server_close()
    with pytest.raises(SourceUnavailableError, match=r"[Cc]onnection refused|refused"):
        download(f"{server.url}file", tmp_path / "file")
