"""`leaderboard app`: browse the results."""

import os
from pathlib import Path
from typing import Annotated

import typer

from leaderboard.cli.options import StoreUrl
from leaderboard.colours import BLUE, SKY
from leaderboard.isolation import python_command, safe_environment
from leaderboard.settings import WORKING_FOLDER, bundled_folder

_LOOKS = {
    "browser.gatherUsageStats": "false",
    "client.toolbarMode": "viewer",
    "runner.magicEnabled": "false",
    "theme.light.primaryColor": BLUE,
    "theme.light.linkColor": "#00629B",
    "theme.light.textColor": "#101010",  # captions are fainter, and still have a contrast of 4.5:1
    "theme.dark.primaryColor": "#3D8ECF",  # legible on the page, and white is legible on it
    "theme.dark.linkColor": SKY,
}
_SAFETY = {  # set explicitly, so that no settings file or variable exposes the server
    "global.developmentMode": "false",
    "server.address": "localhost",
    "server.enableCORS": "true",
    "server.enableXsrfProtection": "true",
    "server.xsrfCookieSameSite": "lax",
    "server.enableStaticServing": "false",
    "server.enableAgentApi": "false",
    "server.trustedUserHeaders": "{}",
    "server.scriptHealthCheckEnabled": "false",
    "server.fileWatcherType": "none",
    "server.runOnSave": "false",
    "server.allowRunOnSave": "false",
    "server.baseUrlPath": "",
    "browser.serverAddress": "localhost",
}
_HOSTS = ("localhost", "127.0.0.1", "::1")
"""Host names of requests from this machine; any other name that resolves to it is DNS rebinding."""


def app(
    store: StoreUrl = None,
    port: Annotated[int, typer.Option(min=1, max=65_535, metavar="N", help="Port on this machine.")] = 8501,
) -> None:
    """Browse the results in a web page, served to this machine only; stop it with Ctrl-C."""
    from leaderboard.api import Leaderboard

    folder = bundled_folder("app") / "entry"
    options = _LOOKS | _SAFETY | {"server.port": str(port)}
    flags = [part for name, value in options.items() for part in (f"--{name}", value)]
    flags += [part for host in _HOSTS for part in ("--server.allowedHosts", host)]
    # Streamlit makes environment variables of the secrets that it reads; the board has none.
    flags += ["--secrets.files", str(folder / ".streamlit" / "secrets.toml")]
    environment = safe_environment() | {
        "LEADERBOARD_STORE": Leaderboard(store).absolute,
        WORKING_FOLDER: str(Path.cwd()),  # files of tasks and models of stored subjects are named from here
    }
    command = python_command("streamlit", "run", str(folder / "board.py"), *flags)
    # Streamlit obeys `.streamlit/config.toml` in the working directory, which may be a model that somebody sent.
    os.chdir(folder)
    # Replaces this process, so that a signal to it ends the server, too.
    os.execve(command[0], command, environment)  # noqa: S606 - without a shell on purpose
