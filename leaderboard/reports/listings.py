"""What there is, for people on a terminal: tasks and metrics, axis by axis. Fits 80 columns."""

import re
from collections.abc import Iterator

import pandas as pd
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from leaderboard.reports.console import ruled_table


def tasks_tables(frame: pd.DataFrame) -> Iterator[RenderableType]:
    """One row a task, with the first sentence of its description.

    Args:
        frame: with the columns `task`, `axis`, `suites` (lists) and `description`.
    """
    table = ruled_table()
    for heading in ("axis, task", "suites", "description"):
        table.add_column(heading, overflow="fold")
    for axis, tasks in frame.groupby("axis", sort=False):
        _add_axis(table, str(axis))
        for task in tasks.to_dict("records"):
            table.add_row(f"  {task['task']}", ", ".join(task["suites"]), Text(_first_sentence(task["description"])))
    yield table
    yield Text("More: leaderboard tasks show NAME; --format json", style="dim")


def metrics_tables(frame: pd.DataFrame) -> Iterator[RenderableType]:
    """One row a metric, with its better direction; those that count in the ranking are bold.

    Args:
        frame: with the columns `metric`, `axis`, `better`, `target`, `headline` and `summary`.
    """
    table = ruled_table()
    for heading in ("axis, metric", "better", "summary"):
        table.add_column(heading, overflow="fold")
    for axis, metrics in frame.groupby("axis", sort=False):
        _add_axis(table, str(axis))
        for metric in metrics.to_dict("records"):
            better = str(metric["better"]) if pd.isna(metric["target"]) else f"near {metric['target']:g}"
            name = Text(f"  {metric['metric']}", style="bold" if metric["headline"] else "")
            table.add_row(name, better, Text(metric["summary"]))
    yield table
    yield Text("Bold metrics count in the ranking. Unit, anchors, source and criticism: --format json", style="dim")


def _add_axis(table: Table, axis: str) -> None:
    table.add_row(Text(axis, style="cyan"), "", "")


def _first_sentence(text: str) -> str:
    return re.split(r"(?<=[.?!]) ", text, maxsplit=1)[0]
