"""Contract tests for plug-ins: a test class inherits one, and pytest runs it on the plug-in.

Beside them are `models` and `architectures`, tiny models with random weights that tests write in a moment.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from leaderboard.testing.attributions import AttributionMethodContract
    from leaderboard.testing.backends import BackendContract
    from leaderboard.testing.metrics import MetricContract
    from leaderboard.testing.mitigations import MitigationContract
    from leaderboard.testing.protocols import ProtocolContract
    from leaderboard.testing.recipes import RecipeContract

__all__ = [
    "AttributionMethodContract",
    "BackendContract",
    "MetricContract",
    "MitigationContract",
    "ProtocolContract",
    "RecipeContract",
]

_MODULES = {
    "AttributionMethodContract": "leaderboard.testing.attributions",
    "BackendContract": "leaderboard.testing.backends",
    "MetricContract": "leaderboard.testing.metrics",
    "MitigationContract": "leaderboard.testing.mitigations",
    "ProtocolContract": "leaderboard.testing.protocols",
    "RecipeContract": "leaderboard.testing.recipes",
}
"""Where each contract is; it is imported when it is first used, so that one of metrics needs no recipes."""


def __getattr__(name: str) -> Any:
    """Import a contract."""
    if name not in _MODULES:
        raise AttributeError(f"module 'leaderboard.testing' has no attribute '{name}'")
    return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    """The contracts, also those that were not imported yet."""
    return __all__
