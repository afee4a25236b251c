"""`leaderboard app`: browse the results."""

import os
import subprocess
import sys
from importlib.util import find_spec
from typing import Annotated

import typer

from leaderboard.cli.options import StoreUrl
from leaderboard.errors import RequestError
from leaderboard.settings import bundled_folder, store_url


def app(
    store: StoreUrl = None,
    port: Annotated[int, typer.Option(min=1, max=65_535, metavar="N", help="Port on this machine.")] = 8501,
) -> None:
    """Browse the results in a web page, served to this machine alone; stop it with Ctrl-C."""
    if find_spec("streamlit") is None:
        raise RequestError(
            "the board needs streamlit, which is not installed\n  Install it: pip install 'leaderboard[app]'"
        )
    command = [sys.executable, "-m", "streamlit", "run", str(bundled_folder("app") / "board.py")]
    options = ["--server.address", "localhost", "--server.port", str(port), "--browser.gatherUsageStats", "false"]
    environment = os.environ | {"LEADERBOARD_STORE": store or store_url()}
    try:
        raise typer.Exit(subprocess.run([*command, *options], env=environment, check=False).returncode)
    except KeyboardInterrupt:
        raise typer.Exit from None
