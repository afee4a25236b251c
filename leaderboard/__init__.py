"""Measures one language model on six axes with honest error bars, and searches for better trade-offs."""

from importlib import import_module

from leaderboard.version import __version__

TYPE_CHECKING = False
"""As `typing` has it, whose import would be most of the time before the program can answer a signal."""
if TYPE_CHECKING:
    from typing import Any

    from leaderboard.studies.api import search

__all__ = ["__version__", "search"]


def __getattr__(name: str) -> "Any":
    """`leaderboard.search` is imported when it is asked for: `import leaderboard` stays light."""
    if name != "search":
        raise AttributeError(f"module 'leaderboard' has no attribute '{name}'")
    return import_module("leaderboard.studies.api").search
