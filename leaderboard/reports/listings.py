"""What there is, for people on a terminal: tasks and metrics, axis by axis. Fits 80 columns."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pandas as pd
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from leaderboard.reports.tables import ruled_table


def tasks_tables(frame: pd.DataFrame) -> Iterator[RenderableType]:
    """One row a task, with the first sentence of its description.

    Args:
        frame: with the columns `task`, `axis`, `suites` (lists) and `description`.
    """
    yield _by_axis(frame, ("task", "suites", "description"), _task_cells)
    yield Text("More: leaderboard tasks show NAME; --format json", style="dim")


def metrics_tables(frame: pd.DataFrame) -> Iterator[RenderableType]:
    """One row a metric, with its better direction; those that count in the ranking are bold.

    Args:
        frame: with the columns `metric`, `axis`, `better`, `target`, `headline` and `summary`.
    """
    yield _by_axis(frame, ("metric", "better", "summary"), _metric_cells)
    yield Text("Bold metrics count in the ranking. Unit, anchors, source and criticism: --format json", style="dim")


def _by_axis(frame: pd.DataFrame, headings: Sequence[str], cells: Callable[[dict[Any, Any]], Sequence[Text]]) -> Table:
    table = ruled_table()
    for heading in (f"axis, {headings[0]}", *headings[1:]):
        table.add_column(heading, overflow="fold")
    for axis, rows in frame.groupby("axis", sort=False):
        table.add_row(Text(str(axis), style="cyan"))
        for row in rows.to_dict("records"):
            table.add_row(*cells(row))
    return table


def _task_cells(task: dict[Any, Any]) -> Sequence[Text]:
    return Text(f"  {task['task']}"), Text(", ".join(task["suites"])), Text(_first_sentence(task["description"]))


def _metric_cells(metric: dict[Any, Any]) -> Sequence[Text]:
    better = str(metric["better"]) if pd.isna(metric["target"]) else f"near {metric['target']:g}"
    name = Text(f"  {metric['metric']}", style="bold" if metric["headline"] else "")
    return name, Text(better), Text(metric["summary"])


def _first_sentence(text: str) -> str:
    return re.split(r"(?<=[.?!]) ", text, maxsplit=1)[0]
