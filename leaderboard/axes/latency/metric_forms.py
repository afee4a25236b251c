"""Forms of metrics of this axis: times, rates and costs, all on a log scale from 0."""

from functools import partial

from leaderboard.axes.axis import Axis
from leaderboard.axes.metric import Better, Metric, Scale

cost_metric = partial(Metric, axis=Axis.LATENCY, better=Better.LOWER, lowest=0.0, scale=Scale.LOG)
"""Declares a metric of a cost: lower is better."""
seconds_metric = partial(cost_metric, unit="seconds", worst=10.0, best=0.001)
"""Declares a metric of a time in seconds."""
rate_metric = partial(
    Metric, axis=Axis.LATENCY, better=Better.HIGHER, worst=1.0, best=100_000.0, lowest=0.0, scale=Scale.LOG
)
"""Declares a metric of something per second: higher is better."""
