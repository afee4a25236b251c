"""Screenshots of the board for the README: small PNGs of a store with results.

    python benchmarks/screenshots.py --store sqlite:///results/demo.db

Needs Chromium (Debian: `apt-get install chromium`).
"""

import argparse
import io
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

FOLDER = Path(__file__).resolve().parent.parent / "results" / "published"
WIDTH = 1400
COLOURS = 128
PATIENCE_S = 60
IS_DRAWN = """async () => {
    const busy = () => document.querySelector('[data-testid="stSkeleton"], [data-stale="true"]')
        || document.querySelector('[data-testid="stApp"]')?.dataset.testScriptState !== 'notRunning';
    for (let calm = 0; calm < 20; calm = busy() ? 0 : calm + 1) await new Promise(wake => setTimeout(wake, 100));
    return true;
}"""


@dataclass(frozen=True)
class Picture:
    """One view of the board: its URL and size."""

    name: str
    address: str
    scheme: str
    height: int


PICTURES = (
    Picture("leaderboard", "", "light", 680),
    Picture("trade-offs", "trade_offs", "dark", 900),
    Picture("compare", "compare", "light", 860),
)


def address() -> str:
    """Return a free address for a board."""
    with socket.socket() as listening:
        listening.bind(("localhost", 0))
        return f"http://localhost:{listening.getsockname()[1]}"


@contextmanager
def served(store: str) -> Iterator[str]:
    """Serve a board of a store, and yield its address."""
    url = address()
    command = [sys.executable, "-m", "leaderboard", "app", "--store", store, "--port", url.rsplit(":")[-1]]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, env=os.environ | {"STREAMLIT_SERVER_HEADLESS": "true"}, **quiet) as process:
        try:
            deadline = time.monotonic() + PATIENCE_S
            while not answers(url):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit("the board did not start; try `leaderboard app` on the same store")
                time.sleep(0.2)
            yield url
        finally:
            process.terminate()


def answers(url: str) -> bool:
    """Return whether a server responds."""
    try:
        with urlopen(f"{url}/_stcore/health", timeout=5):  # noqa: S310 - our own server
            return True
    except URLError:
        return False


def screenshot(browser: Browser, url: str, picture: Picture) -> bytes:
    """Return a screenshot as a PNG with few colours."""
    size = {"width": WIDTH, "height": picture.height}
    with browser.new_context(viewport=size, color_scheme=picture.scheme, locale="en-GB") as context:
        page = context.new_page()
        page.goto(f"{url}/{picture.address}")
        page.wait_for_selector('[data-testid="stHeading"]', timeout=PATIENCE_S * 1000)
        page.wait_for_function(IS_DRAWN, timeout=PATIENCE_S * 1000)
        image = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    reduced = image.quantize(COLOURS, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    reduced.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def main() -> None:
    """Take every screenshot and print its size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", default="sqlite:///results/demo.db", help="store, such as that of `make demo`")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="folder of the screenshots")
    options = parser.parse_args()
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("no Chromium: apt-get install chromium")
    options.folder.mkdir(parents=True, exist_ok=True)
    # Containers run as root, where Chromium has no sandbox; it only opens our own page.
    launch_options = {"executable_path": chromium, "args": ["--no-sandbox"]}
    with (
        served(options.store) as url,
        sync_playwright() as playwright,
        playwright.chromium.launch(**launch_options) as browser,
    ):
        for picture in PICTURES:
            file = options.folder / f"board-{picture.name}.png"
            file.write_bytes(screenshot(browser, url, picture))
            print(f"{file}: {file.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
