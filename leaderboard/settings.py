"""Where things lie, and the environment variables that move them. Nothing else reads variables of this program."""

import os
from pathlib import Path

import platformdirs

from leaderboard.amounts import parse_size
from leaderboard.errors import RequestError

_CACHE_LIMIT = "LEADERBOARD_CACHE_LIMIT"
DEFAULT_CACHE_LIMIT = "20GB"
DEFAULT_STORE = "sqlite:///results/leaderboard.db"


def user_path(text: str) -> Path:
    """The path that a user typed, with the home folder for its `~`; the `~` of nobody's home is a letter."""
    try:
        return Path(text).expanduser()
    except RuntimeError:
        return Path(text)


def cache_folder() -> Path:
    """Where weights, data and features are kept between runs (`LEADERBOARD_CACHE` moves it).

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
    """Bytes that prepared subjects may take in the cache (`LEADERBOARD_CACHE_LIMIT`); None, written as 0, for no limit.

    Raises:
        RequestError: when the variable says no size.
    """
    return parse_size(os.environ.get(_CACHE_LIMIT) or DEFAULT_CACHE_LIMIT, where=_CACHE_LIMIT) or None


def mirror_folder() -> Path | None:
    """The local mirror of public repositories that `LEADERBOARD_MIRROR` names, if any."""
    named = os.environ.get("LEADERBOARD_MIRROR")
    return user_path(named) if named else None


def store_url() -> str:
    """The database of results (`LEADERBOARD_STORE` moves it)."""
    return os.environ.get("LEADERBOARD_STORE") or DEFAULT_STORE


def offline_requested() -> bool:
    """Whether the environment asks for no network at all (`LEADERBOARD_OFFLINE` or `HF_HUB_OFFLINE`)."""
    return any(os.environ.get(name, "").lower() in {"1", "true", "yes", "on"} for name in _OFFLINE)


_OFFLINE = ("LEADERBOARD_OFFLINE", "HF_HUB_OFFLINE")


def bundled_folder(name: str) -> Path:
    """A folder of the project (`tasks`, `app`): beside the package in a checkout, inside it in an installed wheel."""
    package = Path(__file__).resolve().parent
    checkout = package.parent / name
    return checkout if (package.parent / "pyproject.toml").exists() else package / "_bundled" / name
