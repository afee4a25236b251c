"""Axes: metrics, protocols that observe them, and the classes that plug-ins extend."""

from typing import TYPE_CHECKING

from leaderboard.lazy_names import lazy_import

if TYPE_CHECKING:
    from leaderboard.axes.axis import Axis
    from leaderboard.axes.derivation import Derivation, MinimumParameter
    from leaderboard.axes.metric import Better, Metric, Scale
    from leaderboard.axes.protocol import Answer, Measurement, Observation, Parameters, Protocol

__all__ = [
    "Answer",
    "Axis",
    "Better",
    "Derivation",
    "Measurement",
    "Metric",
    "MinimumParameter",
    "Observation",
    "Parameters",
    "Protocol",
    "Scale",
]

__getattr__ = lazy_import(
    "leaderboard.axes",
    {
        "Answer": "protocol",
        "Axis": "axis",
        "Better": "metric",
        "Derivation": "derivation",
        "Measurement": "protocol",
        "Metric": "metric",
        "MinimumParameter": "derivation",
        "Observation": "protocol",
        "Parameters": "protocol",
        "Protocol": "protocol",
        "Scale": "metric",
    },
)
