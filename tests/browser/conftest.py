"""A real board in a real browser: `leaderboard app` as a process, and Chromium on it."""

import os
import re
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
from tests.synthetic.shown import write_shown

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PATIENCE_S = 60  # of a slow machine; how fast the board is, is measured elsewhere
WIDTH, HEIGHT = 1400, 900
GUESSED = ("/_stcore/health", "/_stcore/host-config")
MAIN = '[data-testid="stMain"]'
SETTLED = """async () => {
    const app = () => document.querySelector('[data-testid="stApp"]')?.dataset ?? {};
    const done = () => app().testScriptState === 'notRunning' && app().testConnectionState === 'CONNECTED'
        && !document.querySelector('[data-testid="stSkeleton"], [data-stale="true"]');
    for (let calm = 0; calm < 6; calm = done() ? calm + 1 : 0) await new Promise(wake => setTimeout(wake, 50));
    return true;
}"""
"""The script has run, and for a while nothing of it is still to come or of an earlier run."""


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
        page.set_default_timeout(PATIENCE_S * 1000)
        page.on("console", self._log_console)
        page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        page.on("dialog", lambda dialog: (self.problems.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("requestfailed", self._failed)
        page.on("response", self._answered)
        page.on("request", self._log_request)

    def open(self, path: str = "") -> "Visit":
        """Go to a page of the board and wait until it is drawn."""
        self.page.goto(f"{self.address}/{path}")
        return self.settle()

    def settle(self) -> "Visit":
        """Wait until all is drawn."""
        self.page.wait_for_function(SETTLED)
        return self

    def until_shown(self, text: str) -> "Visit":
        """Wait for a text on the page."""
        self.page.get_by_text(text).locator("visible=true").first.wait_for()
        return self.settle()

    def column(self, number: int = 0) -> list[str]:
        """The cells of a column of the page's first table, from the top, as far as they are in sight."""
        table = self.page.locator(MAIN).get_by_test_id("stDataFrame").first
        cells = table.get_by_test_id(re.compile(rf"^glide-cell-{number}-\d+$"))
        cells.first.wait_for(state="attached")
        return [cell.strip() for cell in cells.all_text_contents()]

    def sound(self) -> None:
        """Nothing was raised, refused, or fetched from elsewhere."""
        assert not self.page.locator('[data-testid="stException"]').count(), self.page.inner_text("body")
        assert not self.problems, self.problems

    def _log_console(self, message: ConsoleMessage) -> None:
        url = message.location.get("url", "")
        if message.type == "error" and not self._is_a_guess(url):
            self.problems.append(f"console: {message.text} ({url})")

    def _failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # the page was left before it came
            self.problems.append(f"failed: {request.url}: {request.failure}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and not self._is_a_guess(response.url):
            self.problems.append(f"status {response.status}: {response.url}")

    def _is_a_guess(self, url: str) -> bool:
        """Streamlit asks below a page's address whether the server is there, before it asks at the root."""
        return url.endswith(GUESSED) and not url.removeprefix(self.address).startswith("/_stcore")

    def _log_request(self, request: Request) -> None:
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


@pytest.fixture(scope="session")
def made_up(board, serve, tmp_path_factory) -> Board:
    """A board whose every number is known to the tests."""
    if "LEADERBOARD_DEMO_STORE" not in os.environ:
        return board
    return serve(made_up_store(tmp_path_factory.mktemp("made-up")))


def made_up_store(folder: Path) -> str:
    url = f"sqlite:///{folder}/shown.db"
    store = open_store(url)
    write_shown(store)
    store.close()
    return url


class Shifting:
    """A board whose store is another one whenever a test puts one there."""

    def __init__(self, serve: Callable[[str], Board], folder: Path) -> None:
        self._folder = folder
        self._link = folder / "shown.db"
        self._stores = 0
        self.board = serve(f"sqlite:///{self._link}")

    def new_store(self) -> Path:
        """Where to put the next store."""
        self._stores += 1
        return self._folder / f"{self._stores}.db"

    def show(self, file: Path | None) -> Board:
        """Put a store behind the board's URL, or take away what is there.

        A link is moved, not the file: SQLite's log lies beside the file itself, so each store keeps its own.
        """
        self._link.unlink(missing_ok=True)
        if file is not None:
            self._link.symlink_to(file)
        return self.board


@pytest.fixture(scope="session")
def shifting(browser, serve, tmp_path_factory) -> Shifting:
    return Shifting(serve, tmp_path_factory.mktemp("shifting"))


@pytest.fixture(scope="session")
def contexts(browser) -> Iterator[Callable[..., BrowserContext]]:
    """Browsers that remember nothing but what was fetched; one for each set of options."""
    opened: dict[str, BrowserContext] = {}

    def context(**options) -> BrowserContext:
        settings = {"viewport": {"width": WIDTH, "height": HEIGHT}, "locale": "en-GB"} | options
        if repr(settings) not in opened:
            opened[repr(settings)] = browser.new_context(**settings)
        return opened[repr(settings)]

    yield context
    for each in opened.values():
        each.close()


@pytest.fixture
def visit(board, contexts) -> Iterator[Callable[..., Visit]]:
    """Opens a tab; the options are of the browser (`color_scheme`, `viewport`)."""
    tabs: list[Page] = []

    def opened(path: str = "", *, of: Board = board, **options) -> Visit:
        tabs.append(contexts(**options).new_page())
        return Visit(tabs[-1], of.address).open(path)

    yield opened
    for tab in tabs:
        tab.close()


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("localhost", 0))
        return int(listening.getsockname()[1])
