"""`leaderboard metrics`: what the board measures."""

from leaderboard.cli.options import Axes, OutputFormat
from leaderboard.reports.formats import Format

_READABLE = ["metric", "axis", "unit", "better", "summary", "source"]


def metrics(*, axis: Axes = None, output: OutputFormat = Format.TABLE) -> None:
    """Show every metric: its axis, unit, direction, anchors, source and known criticism."""
    from dataclasses import asdict

    import pandas as pd

    from leaderboard.axes.catalogue import METRICS
    from leaderboard.reports.formats import emit
    from leaderboard.reports.listings import metrics_tables

    wanted = [asdict(metric) for metric in METRICS.values() if not axis or metric.axis in axis]
    frame = pd.DataFrame(wanted).rename(columns={"name": "metric"})
    emit(frame, output, readable=lambda shown: shown[_READABLE], tables=metrics_tables)
