"""The classification report for people and programs: one row for each class, then the averages over classes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from rich.table import Table
from rich.text import Text

from leaderboard.axes.accuracy import AVERAGES, CLASS_REPORT, F1
from leaderboard.errors import RequestError
from leaderboard.quantities import UNKNOWN, quantity
from leaderboard.reports.tables import ruled_table
from leaderboard.stats.estimate import Status
from leaderboard.store.frames import estimates_frame, split_part
from leaderboard.store.repository import Store

_NAMES = tuple(metric.name for metric in CLASS_REPORT)
_COLUMNS = ("class", *(name + end for name in _NAMES for end in ("", "_low", "_high")), "support", "reason")


@dataclass(frozen=True)
class ClassReport:
    """The classification report of an evaluation.

    Attributes:
        subject: its label.
        task: by name.
        frame: one row a class, then one an average (see `class_report`).
    """

    subject: str
    task: str
    frame: pd.DataFrame


def stored_class_report(store: Store, subject: str, task: str) -> ClassReport:
    """Return the report of the newest evaluation of a subject on a task.

    Raises:
        RequestError: for an unknown name, or an evaluation without a report.
    """
    newest = store.newest(subject, task)
    frame = class_report(estimates_frame(store, evaluations=[newest.identity]))
    if frame.empty:
        raise RequestError(
            f"'{newest.subject}' has no report of classes on task '{task}' (protocol '{newest.task.protocol}')\n"
            "  Tasks of protocols classification and tagging have one; measure the subject again if its evaluation is "
            "older than these reports"
        )
    return ClassReport(newest.subject, task, frame)


def class_reports(frame: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield a title and the report of each evaluation that has one.

    Args:
        frame: from `store.frames.estimates_frame`.
    """
    for (subject, task, _), evaluated in frame.groupby(["subject", "task", "evaluated_at"], sort=False):
        report = class_report(evaluated)
        if not report.empty:
            yield f"{subject} · {task}", report


def class_report(evaluated: pd.DataFrame) -> pd.DataFrame:
    """Return the report of one evaluation; it has no rows where the evaluation has none.

    Args:
        evaluated: its rows of `store.frames.estimates_frame`.

    Returns:
        One row a class in order of their names, then one an average. Columns: `class`; `precision`, `recall` and `f1`,
        each with the ends of its interval (`precision_low`), all missing where unknown; `support`, the number of
        examples of the class; `reason`, why something is unknown.
    """
    by_class: dict[str, dict[str, Mapping[Any, Any]]] = {}
    for row in evaluated.to_dict("records"):
        metric, part = split_part(row["metric"])
        if metric in _NAMES and part:
            by_class.setdefault(part, {})[metric] = row
    # some other tasks report F1 alone for their parts
    complete = {name: rows for name, rows in by_class.items() if len(rows) == len(_NAMES)}
    ordered = [name for name in sorted(complete) if name not in AVERAGES] + [
        name for name in AVERAGES if name in complete
    ]
    return pd.DataFrame([_row(name, complete[name]) for name in ordered], columns=list(_COLUMNS))


def readable_report(report: pd.DataFrame) -> pd.DataFrame:
    """Return a report as texts: each value with its interval, a dash for what is unknown."""
    rows = report.to_dict("records")
    return pd.DataFrame(
        {
            "class": report["class"],
            **{f"{name} [95 % interval]": [_value_text(row, name) for row in rows] for name in _NAMES},
            "support": [str(row["support"]) for row in rows],
        }
    )


def report_table(report: pd.DataFrame, title: str) -> Table:
    """Return a report with few columns: only F1 has its interval."""
    table = ruled_table(title)
    table.add_column("class", overflow="fold")
    for name in _NAMES:
        has_interval = name == F1.name
        heading = Text(f"{name} [95 % interval]" if has_interval else name)
        table.add_column(heading, justify="left" if has_interval else "right", no_wrap=True)
    table.add_column("support", justify="right", no_wrap=True)
    for row in report.to_dict("records"):
        if row["class"] == AVERAGES[0]:
            table.add_section()
        cells = (_value_text(row, name, interval=name == F1.name) for name in _NAMES)
        table.add_row(*map(Text, (str(row["class"]), *cells, str(row["support"]))))
    return table


def _row(name: str, rows: Mapping[str, Mapping[Any, Any]]) -> dict[str, Any]:
    unknown = {metric: row["reason"] for metric, row in rows.items() if row["status"] != Status.MEASURED.value}
    return {
        "class": name,
        **{metric: rows[metric]["value"] for metric in _NAMES},
        **{f"{metric}_{end}": rows[metric][end] for metric in _NAMES for end in ("low", "high")},
        "support": rows[F1.name]["n"],
        "reason": "; ".join(f"{metric}: {unknown[metric]}" for metric in _NAMES if metric in unknown),
    }


def _value_text(row: Mapping[Any, Any], name: str, *, interval: bool = True) -> str:
    if pd.isna(row[name]):
        return UNKNOWN
    low, high = (row[f"{name}_{end}"] for end in ("low", "high"))
    has_interval = interval and not pd.isna(low)
    return quantity(row[name], low if has_interval else None, high if has_interval else None, F1.unit)
