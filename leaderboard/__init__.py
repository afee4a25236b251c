"""Measures one language model on six axes with honest error bars, and searches for better trade-offs."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from leaderboard.version import __version__

if TYPE_CHECKING:
    from leaderboard.studies.api import search

__all__ = ["__version__", "search"]


def __getattr__(name: str) -> Any:
    """`leaderboard.search` is imported when it is asked for: `import leaderboard` stays light."""
    if name != "search":
        raise AttributeError(f"module 'leaderboard' has no attribute '{name}'")
    return import_module("leaderboard.studies.api").search
