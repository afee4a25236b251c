"""`leaderboard app`: browse the results."""

import os
import sys
from importlib.util import find_spec
from typing import Annotated

import typer

from leaderboard.cli.options import StoreUrl
from leaderboard.errors import RequestError
from leaderboard.settings import bundled_folder, store_url

_COLOUR = "#3b78b8"
_LOOKS = {
    "browser.gatherUsageStats": "false",
    "client.toolbarMode": "viewer",
    "runner.magicEnabled": "false",
    "theme.light.primaryColor": _COLOUR,
    "theme.dark.primaryColor": _COLOUR,
}


def app(
    store: StoreUrl = None,
    port: Annotated[int, typer.Option(min=1, max=65_535, metavar="N", help="Port on this machine.")] = 8501,
) -> None:
    """Browse the results in a web page, served to this machine alone; stop it with Ctrl-C."""
    if find_spec("streamlit") is None:
        raise RequestError(
            "the board needs streamlit, which is not installed\n  Install it: pip install 'leaderboard[app]'"
        )
    options = _LOOKS | {"server.address": "localhost", "server.port": str(port)}
    flags = [part for name, value in options.items() for part in (f"--{name}", value)]
    environment = os.environ | {"LEADERBOARD_STORE": store or store_url()}
    # In the place of this process, so that a signal to it ends the server, not only the one who started it.
    os.execve(  # noqa: S606 - no shell is what is wanted
        sys.executable,
        [sys.executable, "-m", "streamlit", "run", str(bundled_folder("app") / "board.py"), *flags],
        environment,
    )
