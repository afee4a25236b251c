"""Listings for people on a terminal: tasks, metrics, recipes and mitigations. Fits 80 columns; needs no pandas."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from leaderboard import terminal
from leaderboard.reports.hint import Hint
from leaderboard.reports.tables import ruled_table

Row = Mapping[str, Any]


def print_tasks(tasks: Iterable[Row]) -> None:
    """Print one row for each task, with the first sentence of its description.

    Args:
        tasks: each with `task`, `axis`, `suites` (a list) and `description`, sorted by axis.
    """
    _print(
        _by_axis(tasks, ("task", "suites", "description"), _task_cells),
        "More: leaderboard tasks show NAME; --format json",
    )


def print_metrics(metrics: Iterable[Row]) -> None:
    """Print one row for each metric, with its better direction; those that count in the ranking are bold.

    Args:
        metrics: each with `metric`, `axis`, `better`, `target`, `headline` and `summary`, sorted by axis.
    """
    _print(
        _by_axis(metrics, ("metric", "better", "summary"), _metric_cells),
        "Bold metrics count in the ranking. Unit, anchors, source and criticism: --format json",
    )


def print_recipes(recipes: Iterable[Row]) -> None:
    """Print one row for each recipe.

    Args:
        recipes: each with `recipe` and `description`.
    """
    table = ruled_table()
    for heading in ("recipe", "description"):
        table.add_column(heading, overflow="fold")
    for recipe in recipes:
        table.add_row(Text(recipe["recipe"], style="bold"), Text(recipe["description"]))
    _print(table, "All settings of one: leaderboard recipes show NAME")


def print_mitigations(mitigations: Iterable[Row]) -> None:
    """Print one row for each mitigation, with a line for each setting and each axis so that no name is broken.

    Args:
        mitigations: each with `mitigation`, `settings`, `axes` and `description`.
    """
    table = ruled_table()
    for heading in ("mitigation", "settings", "axes"):
        table.add_column(heading, no_wrap=True)
    table.add_column("description", overflow="fold")
    for row in mitigations:
        name, settings, axes = Text(row["mitigation"], style="bold"), "\n".join(row["settings"]), "\n".join(row["axes"])
        table.add_row(name, Text(settings), Text(axes), Text(row["description"]))
    _print(table, "Stages, ranges and sources of one: leaderboard mitigations show NAME")


def readable_mitigations(mitigations: Iterable[Row]) -> list[dict[str, str]]:
    """Return the rows of mitigations with their lists as texts."""
    return [
        {
            "mitigation": row["mitigation"],
            "stage": ", ".join(row["stages"]),
            "description": row["description"],
            "settings": ", ".join(row["settings"]),
            "recipes": ", ".join(row["recipes"]),
            "axes": ", ".join(row["axes"]),
            "excludes": ", ".join(row["excludes"]),
            "source": row["source"],
        }
        for row in mitigations
    ]


def _print(table: RenderableType, more: str) -> None:
    console = terminal.console()
    console.print(table)
    console.print(Hint(more, style="dim"))


def _by_axis(rows: Iterable[Row], headings: Sequence[str], cells: Callable[[Row], Sequence[Text]]) -> Table:
    table = ruled_table()
    for heading in (f"axis, {headings[0]}", *headings[1:]):
        table.add_column(heading, overflow="fold")
    for axis, rows_of_axis in groupby(rows, key=lambda row: str(row["axis"])):
        table.add_row(Text(axis, style="cyan"))
        for row in rows_of_axis:
            table.add_row(*cells(row))
    return table


def _task_cells(task: Row) -> Sequence[Text]:
    return Text(f"  {task['task']}"), Text(", ".join(task["suites"])), Text(_first_sentence(task["description"]))


def _metric_cells(metric: Row) -> Sequence[Text]:
    better = str(metric["better"]) if metric["target"] is None else f"near {metric['target']:g}"
    name = Text(f"  {metric['metric']}", style="bold" if metric["headline"] else "")
    return name, Text(better), Text(metric["summary"])


def _first_sentence(text: str) -> str:
    return re.split(r"(?<=[.?!]) ", text, maxsplit=1)[0]
