"""`leaderboard app`: browse the results."""

import os
import sys
from importlib.util import find_spec
from typing import Annotated

import typer

from leaderboard.cli.options import StoreUrl
from leaderboard.errors import RequestError
from leaderboard.installing import install_command
from leaderboard.settings import bundled_folder, store_url

# Okabe & Ito 2008: told apart by the colour-blind; the yellow of it is too faint on white.
_SERIES = '["#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#999999"]'
_LOOKS = {
    "browser.gatherUsageStats": "false",
    "client.toolbarMode": "viewer",
    "runner.magicEnabled": "false",
    "theme.light.primaryColor": "#0072B2",
    "theme.light.linkColor": "#00629B",
    "theme.light.textColor": "#101010",  # captions are fainter by themselves, and still have 4.5:1
    "theme.light.chartCategoricalColors": _SERIES,
    "theme.dark.primaryColor": "#3D8ECF",  # read on the page, and white is read on it
    "theme.dark.linkColor": "#56B4E9",
    "theme.dark.chartCategoricalColors": _SERIES,
}


def app(
    store: StoreUrl = None,
    port: Annotated[int, typer.Option(min=1, max=65_535, metavar="N", help="Port on this machine.")] = 8501,
) -> None:
    """Browse the results in a web page, served to this machine alone; stop it with Ctrl-C."""
    if find_spec("streamlit") is None:
        raise RequestError(f"the board needs streamlit, which is not installed\n  Install it: {install_command('app')}")
    options = _LOOKS | {"server.address": "localhost", "server.port": str(port)}
    flags = [part for name, value in options.items() for part in (f"--{name}", value)]
    environment = os.environ | {"LEADERBOARD_STORE": store or store_url()}
    # In the place of this process, so that a signal to it ends the server, not only the one who started it.
    os.execve(  # noqa: S606 - no shell is what is wanted
        sys.executable,
        [sys.executable, "-m", "streamlit", "run", str(bundled_folder("app") / "entry" / "board.py"), *flags],
        environment,
    )
