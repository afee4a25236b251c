"""Statistics: estimates with their intervals, and resampling."""

from typing import TYPE_CHECKING

from leaderboard.lazy_names import lazy_import

if TYPE_CHECKING:
    from leaderboard.stats.estimate import Estimate
    from leaderboard.stats.intervals import bootstrap, mean, proportion
    from leaderboard.stats.resampled import Resampled

__all__ = [
    "Estimate",
    "Resampled",
    "bootstrap",
    "mean",
    "proportion",
]

__getattr__ = lazy_import(
    "leaderboard.stats",
    {
        "Estimate": "estimate",
        "Resampled": "resampled",
        "bootstrap": "intervals",
        "mean": "intervals",
        "proportion": "intervals",
    },
)
