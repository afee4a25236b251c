"""Measures one language model on six axes with honest error bars, and searches for better trade-offs."""

from importlib import import_module

from leaderboard.version import __version__

TYPE_CHECKING = False
"""As `typing` has it, whose import would be most of the time before the program can answer a signal."""
if TYPE_CHECKING:
    from typing import Any

    from leaderboard.api import Leaderboard
    from leaderboard.api.deprecated import search
    from leaderboard.axes.axis import Axis
    from leaderboard.axes.metric import Metric
    from leaderboard.axes.protocol import Observation, Protocol
    from leaderboard.backends.backend import Backend
    from leaderboard.mitigations.mitigation import Mitigation
    from leaderboard.recipes.recipe import Recipe
    from leaderboard.stats.estimate import Estimate
    from leaderboard.tasks import Suite, Task

__all__ = [
    "Axis",
    "Backend",
    "Estimate",
    "Leaderboard",
    "Metric",
    "Mitigation",
    "Observation",
    "Protocol",
    "Recipe",
    "Suite",
    "Task",
    "__version__",
    "search",
]

_MODULES = {
    "Axis": "leaderboard.axes.axis",
    "Backend": "leaderboard.backends.backend",
    "Estimate": "leaderboard.stats.estimate",
    "Leaderboard": "leaderboard.api",
    "Metric": "leaderboard.axes.metric",
    "Mitigation": "leaderboard.mitigations.mitigation",
    "Observation": "leaderboard.axes.protocol",
    "Protocol": "leaderboard.axes.protocol",
    "Recipe": "leaderboard.recipes.recipe",
    "Suite": "leaderboard.tasks",
    "Task": "leaderboard.tasks",
    "search": "leaderboard.api.deprecated",
}
"""Where each public name is; it is imported when it is first used, so that `import leaderboard` stays light."""


def __getattr__(name: str) -> "Any":
    """Import a public name."""
    if name not in _MODULES:
        raise AttributeError(f"module 'leaderboard' has no attribute '{name}'")
    return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    """The public names, also those that were not imported yet."""
    return __all__
