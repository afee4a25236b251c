"""The classification report for people and programs: one row a class, then the averages over classes."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd
from rich.table import Table
from rich.text import Text

from leaderboard.axes.catalogue import AVERAGES, CLASS_REPORT, F1
from leaderboard.quantities import UNKNOWN, quantity
from leaderboard.reports.tables import ruled_table
from leaderboard.stats.estimate import Status
from leaderboard.store.frames import PART

_NAMES = tuple(metric.name for metric in CLASS_REPORT)
_COLUMNS = ("class", *(name + end for name in _NAMES for end in ("", "_low", "_high")), "support", "reason")


def class_reports(frame: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """A title and the report of each evaluation that has one.

    Args:
        frame: from `store.frames.estimates_frame`.
    """
    for (subject, task, _), evaluated in frame.groupby(["subject", "task", "evaluated_at"], sort=False):
        report = class_report(evaluated)
        if not report.empty:
            yield f"{subject} · {task}", report


def class_report(evaluated: pd.DataFrame) -> pd.DataFrame:
    """The report of one evaluation: no rows where it has none.

    Args:
        evaluated: its rows of `store.frames.estimates_frame`.

    Returns:
        One row a class in order of their names, then one an average. Columns: `class`; `precision`, `recall` and `f1`,
        each with the ends of its interval (`precision_low`), all missing where unknown; `support`, the number of
        examples of the class; `reason`, why something is unknown.
    """
    by_class: dict[str, dict[str, Mapping[Any, Any]]] = {}
    for row in evaluated.to_dict("records"):
        metric, _, part = row["metric"].partition(PART)
        if metric in _NAMES and part:
            by_class.setdefault(part, {})[metric] = row
    # F1 alone is also what some other tasks tell of their parts.
    told = {name: found for name, found in by_class.items() if len(found) == len(_NAMES)}
    ordered = [name for name in sorted(told) if name not in AVERAGES] + [name for name in AVERAGES if name in told]
    return pd.DataFrame([_row(name, told[name]) for name in ordered], columns=list(_COLUMNS))


def readable_report(report: pd.DataFrame) -> pd.DataFrame:
    """A report as texts: each value with its interval, a dash for what is unknown."""
    rows = report.to_dict("records")
    return pd.DataFrame(
        {
            "class": report["class"],
            **{f"{name} [95 % interval]": [_shown(row, name) for row in rows] for name in _NAMES},
            "support": [str(row["support"]) for row in rows],
        }
    )


def report_table(report: pd.DataFrame, title: str) -> Table:
    """A report on few columns: the interval of F1 alone."""
    table = ruled_table(title)
    table.add_column("class", overflow="fold")
    for name in _NAMES:
        told = name == F1.name
        heading = Text(f"{name} [95 % interval]" if told else name)
        table.add_column(heading, justify="left" if told else "right", no_wrap=True)
    table.add_column("support", justify="right", no_wrap=True)
    for row in report.to_dict("records"):
        if row["class"] == AVERAGES[0]:
            table.add_section()
        cells = (_shown(row, name, interval=name == F1.name) for name in _NAMES)
        table.add_row(*map(Text, (str(row["class"]), *cells, str(row["support"]))))
    return table


def _row(name: str, found: Mapping[str, Mapping[Any, Any]]) -> dict[str, Any]:
    unknown = {metric: row["reason"] for metric, row in found.items() if row["status"] != Status.MEASURED.value}
    return {
        "class": name,
        **{metric: found[metric]["value"] for metric in _NAMES},
        **{f"{metric}_{end}": found[metric][end] for metric in _NAMES for end in ("low", "high")},
        "support": found[F1.name]["n"],
        "reason": "; ".join(f"{metric}: {unknown[metric]}" for metric in _NAMES if metric in unknown),
    }


def _shown(row: Mapping[Any, Any], name: str, *, interval: bool = True) -> str:
    if pd.isna(row[name]):
        return UNKNOWN
    low, high = (row[f"{name}_{end}"] for end in ("low", "high"))
    known = interval and not pd.isna(low)
    return quantity(row[name], low if known else None, high if known else None, F1.unit)
