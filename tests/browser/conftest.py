"""A real board in a real browser: `leaderboard app` as a process, and Chromium on it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response, sync_playwright

from leaderboard.store.database import open_store
from leaderboard.testing.shown import write_shown

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PATIENCE_S = 60
WIDTH, HEIGHT = 1400, 900
IDLE = '[data-testid="stApp"][data-test-script-state="notRunning"][data-test-connection-state="CONNECTED"]'


class Board:
    """`leaderboard app` on a store, in a process of its own."""

    def __init__(self, store: str, log: Path) -> None:
        self.address = f"http://localhost:{_free_port()}"
        self.log = log
        environment = os.environ | {"STREAMLIT_SERVER_HEADLESS": "true", "LEADERBOARD_OFFLINE": "1"}
        command = [sys.executable, "-m", "leaderboard", "app", "--store", store, "--port", self.address.rsplit(":")[-1]]
        with log.open("w") as out:
            self._process = subprocess.Popen(command, env=environment, stdout=out, stderr=subprocess.STDOUT)
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                with urlopen(f"{self.address}/_stcore/health", timeout=5):  # noqa: S310 - our own server
                    return
            except URLError:
                time.sleep(0.1)
        self.end()
        pytest.fail(f"the board did not start:\n{self.log.read_text()}")

    def end(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(timeout=20)


class Visit:
    """One tab on a board, and what went wrong in it."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.problems: list[str] = []
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        page.on("dialog", lambda dialog: (self.problems.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("requestfailed", self._failed)
        page.on("response", self._answered)
        page.on("request", self._asked)

    def open(self, path: str = "") -> "Visit":
        """Go to a page of the board and wait until it is drawn."""
        self.page.goto(f"{self.address}/{path}")
        return self.settle()

    def settle(self) -> "Visit":
        """Wait until the script has run and nothing shown is of an earlier run."""
        self.page.wait_for_selector(IDLE, timeout=PATIENCE_S * 1000)
        self.page.wait_for_selector('[data-testid="stSkeleton"]', state="detached")
        self.page.wait_for_selector('[data-stale="true"]', state="detached")
        return self

    def sound(self) -> None:
        """Nothing was raised, refused, or fetched from elsewhere."""
        assert not self.page.locator('[data-testid="stException"]').count(), self.page.inner_text("body")
        assert not self.problems, self.problems

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.problems.append(f"console: {message.text} ({message.location.get('url')})")

    def _failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # the page was left before it came
            self.problems.append(f"failed: {request.url}: {request.failure}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self.problems.append(f"status {response.status}: {response.url}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.problems.append(f"left this machine: {request.url}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        reason = f"no browser: none of {', '.join(BROWSERS)} is on the path (Debian: apt-get install chromium)"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    with sync_playwright() as playwright:
        # Containers run as root, where Chromium has no sandbox; it is shown nothing but our own page.
        opened = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def serve(tmp_path_factory) -> Iterator[Callable[[str], Board]]:
    """Serves a store by its URL; every board ends with the session."""
    boards: list[Board] = []

    def served(store: str) -> Board:
        boards.append(Board(store, tmp_path_factory.mktemp("board") / "log"))
        return boards[-1]

    yield served
    for board in boards:
        board.end()


@pytest.fixture(scope="session")
def board(browser, serve, tmp_path_factory) -> Board:
    """A board on the store that LEADERBOARD_DEMO_STORE names, else on one that is made up."""
    named = os.environ.get("LEADERBOARD_DEMO_STORE")
    return serve(named or made_up_store(tmp_path_factory.mktemp("shown")))


def made_up_store(folder: Path) -> str:
    url = f"sqlite:///{folder}/shown.db"
    store = open_store(url)
    write_shown(store)
    store.close()
    return url


@pytest.fixture
def new_context(browser) -> Iterator[Callable[..., BrowserContext]]:
    """Makes browsers without a memory: no cookie, nothing chosen before."""
    contexts: list[BrowserContext] = []

    def made(**options) -> BrowserContext:
        said = {"viewport": {"width": WIDTH, "height": HEIGHT}, "locale": "en-GB"} | options
        contexts.append(browser.new_context(**said))
        return contexts[-1]

    yield made
    for context in contexts:
        context.close()


@pytest.fixture
def visit(board, new_context) -> Callable[..., Visit]:
    """Opens a tab of its own; the options are of the browser (`color_scheme`, `viewport`)."""

    def opened(path: str = "", *, of: Board = board, **options) -> Visit:
        return Visit(new_context(**options).new_page(), of.address).open(path)

    return opened


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("localhost", 0))
        return int(listening.getsockname()[1])
