"""Paths, and the environment variables that set them; the only place that reads variables of this program."""

import os
import re
from pathlib import Path

import platformdirs

from leaderboard.amounts import parse_duration, parse_size
from leaderboard.errors import RequestError

_CACHE_LIMIT = "LEADERBOARD_CACHE_LIMIT"
DEFAULT_CACHE_LIMIT = "50GB"
DEFAULT_STORE = "sqlite:///results/leaderboard.db"
_LONGEST_NAME, _LONGEST_PATH = 255, 4095
"""Maximum bytes on Linux and macOS; Windows and some file systems allow less."""
_SHOWN = 60
"""Maximum characters of a wrong path in a message."""


def user_path(text: str) -> Path:
    """Return the path that a user typed, with `~` expanded; a `~` that names no user stays.

    Raises:
        RequestError: for what no file system takes for a path, which would fail wherever it is first looked at.
    """
    if not possible_path(text):
        shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
        raise RequestError(
            f"'{shown}' cannot be a path\n"
            f"  A path has at most {_LONGEST_PATH} bytes, each name in it {_LONGEST_NAME}, and no NUL character."
        )
    try:
        return Path(text).expanduser()
    except RuntimeError:
        return Path(text)


def possible_path(text: str) -> bool:
    """Whether a file system can have such a path; checking another one is an error before Python 3.14."""
    try:
        path = os.fsencode(text)
    except UnicodeEncodeError:  # half of a surrogate pair that stands for no byte
        return False
    longest = max(map(len, path.split(os.fsencode(os.sep))))
    return b"\0" not in path and longest <= _LONGEST_NAME and len(path) <= _LONGEST_PATH


def cache_folder() -> Path:
    """Return the folder of cached weights, data and features (`LEADERBOARD_CACHE`).

    Raises:
        RequestError: when a file is there instead of a folder.
    """
    named = os.environ.get("LEADERBOARD_CACHE")
    folder = user_path(named) if named else platformdirs.user_cache_path("leaderboard")
    for place in (folder, *folder.parents):
        if place.exists():
            if not place.is_dir():
                raise RequestError(
                    f"{'LEADERBOARD_CACHE=' if named else ''}{folder}: {place} is a file; the cache needs a folder"
                )
            break
    return folder


def cache_limit() -> int | None:
    """Return the maximum bytes of the cache (`LEADERBOARD_CACHE_LIMIT`); None, written as 0, for no limit.

    Raises:
        RequestError: when the variable says no size.
    """
    return parse_size(os.environ.get(_CACHE_LIMIT) or DEFAULT_CACHE_LIMIT, where=_CACHE_LIMIT) or None


def mirror_folder() -> Path | None:
    """Return the local mirror of public repositories (`LEADERBOARD_MIRROR`), if any."""
    named = os.environ.get("LEADERBOARD_MIRROR")
    return user_path(named) if named else None


def store_url() -> str:
    """Return the URL of the store (`LEADERBOARD_STORE`)."""
    return os.environ.get("LEADERBOARD_STORE") or DEFAULT_STORE


def offline_requested() -> bool:
    """Whether the environment forbids network access (`LEADERBOARD_OFFLINE` or `HF_HUB_OFFLINE`)."""
    return any(os.environ.get(name, "").lower() in {"1", "true", "yes", "on"} for name in _OFFLINE)


_OFFLINE = ("LEADERBOARD_OFFLINE", "HF_HUB_OFFLINE")


def working_folder() -> Path:
    """Return the folder in which the user started the program; the server of the board runs in another one."""
    return Path(os.environ.get(WORKING_FOLDER) or Path.cwd())


WORKING_FOLDER = "LEADERBOARD_WORKING_FOLDER"
"""Variable that `leaderboard app` sets for its server."""


def bundled_folder(name: str) -> Path:
    """Return a folder of the project (`tasks`, `app`): next to the package in a checkout, inside it in a wheel."""
    package = Path(__file__).resolve().parent
    checkout = package.parent / name
    return checkout if (package.parent / "pyproject.toml").exists() else package / "_bundled" / name


def server_key() -> tuple[str, str]:
    """Return the key for servers of models and the name of its variable; two empty texts where there is none.

    `LEADERBOARD_SERVER_KEY` is before `OPENAI_API_KEY`, which other programs use, too.
    """
    for name in (SERVER_KEY, OPENAI_KEY):
        if value := os.environ.get(name, "").strip():
            return value, name
    return "", ""


SERVER_KEY, OPENAI_KEY = "LEADERBOARD_SERVER_KEY", "OPENAI_API_KEY"


def server_concurrency() -> int:
    """Return the number of requests that a server gets at the same time (`LEADERBOARD_SERVER_CONCURRENCY`).

    Raises:
        RequestError: when the variable is no number from 1 to 1,000.
    """
    text = os.environ.get(_CONCURRENCY) or DEFAULT_CONCURRENCY
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:_DIGITS]) <= _MOST_REQUESTS):
        raise RequestError(f"{_CONCURRENCY}: '{text[:_SHOWN]}' is no number of requests\n  Write one from 1 to 1000")
    return int(text)


_CONCURRENCY, DEFAULT_CONCURRENCY = "LEADERBOARD_SERVER_CONCURRENCY", "8"
_MOST_REQUESTS, _DIGITS = 1000, 9


def server_timeout() -> float:
    """Return the seconds that a server may take for one answer (`LEADERBOARD_SERVER_TIMEOUT`, as in `90s` or `10m`).

    Raises:
        RequestError: when the variable is no duration.
    """
    return parse_duration(os.environ.get(_TIMEOUT) or DEFAULT_TIMEOUT, where=_TIMEOUT)


_TIMEOUT, DEFAULT_TIMEOUT = "LEADERBOARD_SERVER_TIMEOUT", "5m"


def server_first_token() -> str:
    """Return the token in front of texts without context (`LEADERBOARD_SERVER_FIRST_TOKEN`); empty where not set."""
    return os.environ.get("LEADERBOARD_SERVER_FIRST_TOKEN", "")


MACHINE_PRICE = "LEADERBOARD_MACHINE_PRICE"
PROMPT_PRICE, COMPLETION_PRICE = "LEADERBOARD_SERVER_PROMPT_PRICE", "LEADERBOARD_SERVER_COMPLETION_PRICE"


def server_price(name: str) -> float | None:
    """Return the price of a million tokens in USD that a variable sets; None where it is not set.

    Raises:
        RequestError: when the variable is no number from 0 to 1,000,000.
    """
    return _price(name, "USD per million tokens, such as 0.15")


def machine_price() -> float | None:
    """Return the price of this machine in USD per hour (`LEADERBOARD_MACHINE_PRICE`); None where it is not set.

    Raises:
        RequestError: when the variable is no number from 0 to 1,000,000.
    """
    return _price(MACHINE_PRICE, "USD per hour, such as 2.5")


def _price(name: str, form: str) -> float | None:
    text = os.environ.get(name, "").strip()
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,7}(\.[0-9]{1,9})?", text, re.ASCII) or float(text) > _HIGHEST_PRICE:
        raise RequestError(f"{name}: '{text[:_SHOWN]}' is no price\n  Write {form}")
    return float(text)


_HIGHEST_PRICE = 1e6
