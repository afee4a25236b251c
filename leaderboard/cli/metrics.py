"""`leaderboard metrics`: the catalogue of metrics."""

from leaderboard.cli.options import Axes, OutputFormat
from leaderboard.reports.formats import Format

_READABLE = ["metric", "axis", "unit", "better", "summary", "source"]


def metrics(*, axis: Axes = None, output: OutputFormat = Format.TABLE) -> None:
    """List every metric: its axis, unit, direction, anchors, source and known criticism."""
    from dataclasses import asdict

    from leaderboard.api.listings import list_metrics

    rows = [
        {"metric": metric.name} | {key: value for key, value in asdict(metric).items() if key != "name"}
        for metric in list_metrics(axis or ())
    ]
    if output is Format.TABLE:
        from leaderboard.reports.listings import print_metrics

        print_metrics(rows)
        return
    import pandas as pd

    from leaderboard.reports.formats import emit

    emit(pd.DataFrame(rows), output, readable=lambda frame: frame[_READABLE])
