"""What people read on a terminal: the estimates of each subject, and the ranking. Fits 80 columns."""

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from leaderboard.quantities import quantity
from leaderboard.ranking.methods.method import Method
from leaderboard.ranking.normalise import task_anchors
from leaderboard.ranking.suites import stored_tables
from leaderboard.ranking.utilities import utilities
from leaderboard.reports.classes import class_reports, report_table
from leaderboard.reports.formats import Format, emit
from leaderboard.reports.ranked import ABOVE_CHANCE_NO, ranking_tables
from leaderboard.reports.suites import combined
from leaderboard.reports.tables import ruled_table
from leaderboard.stats.estimate import Status
from leaderboard.store.frames import BETWEEN_NOTES, PART, estimates_frame, notes_once, task_definitions
from leaderboard.store.repository import Store

if TYPE_CHECKING:
    from leaderboard.evaluation.runner import Outcome

_WORDS = {Status.NOT_MEASURED.value: "not measured", Status.FAILED.value: "failed"}
_STYLES = {Status.NOT_MEASURED.value: "yellow", Status.FAILED.value: "red"}
_INTERVAL_WIDTH = 26


def print_run(
    store: Store,
    outcomes: Sequence["Outcome"],
    format: Format,  # noqa: A002 - what it is
    console: Console | None = None,
    *,
    option: str = "",
) -> None:
    """What a run gave, served from the store or new.

    Programs get every estimate; people get those of whole tasks, those of classes, the ranking, and where to find the
    other parts.

    Args:
        store: that it was recorded in.
        outcomes: of the run.
        format: how.
        console: where; standard output when None.
        option: what reading commands need so as to find the store, if anything.
    """
    frame = estimates_frame(store, evaluations=[outcome.plan.identity for outcome in outcomes])
    if format is not Format.TABLE:
        emit(frame, format, console, readable=readable_results)
        return
    console = console or Console()
    whole = frame[~frame["metric"].str.contains(PART)].reset_index(drop=True)
    marked = not_above_chance(store, whole)
    emit(whole, Format.TABLE, console, tables=lambda each: results_tables(each, marked))
    for title, report in class_reports(frame):
        console.print(report_table(report, title))
    anchors = task_anchors(task_definitions(store))
    rankings = [table.utilities(anchors).ranked() for table in stored_tables(store, frame)]
    print_ranking(combined(rankings, Method.WEIGHTED), console)
    if not frame.empty:  # not even a failure of theirs could be stored
        console.print(_next_steps(frame, option), markup=False, highlight=False)


def _next_steps(frame: pd.DataFrame, option: str) -> str:
    subject, task = frame["subject"].iloc[0], frame["task"].iloc[0]
    return (
        f"\nWhere to look next{option and f' (each with {option})'}:\n"
        "  leaderboard results                every number, part by part; --format json|csv|markdown\n"
        "  leaderboard rank --weight bias=3   the ranking when one axis matters more\n"
        "  leaderboard report SUBJECT TASK    precision, recall and F1 of every class\n"
        "                                     with --format markdown, all intervals too\n"
        f"  leaderboard observations --subject '{subject}' --task {task}\n"
        "                                     what was seen for each example\n"
        "  leaderboard metrics                what each number means\n"
        "  leaderboard app                    the same in a web page"
    )


def print_results(frame: pd.DataFrame, console: Console | None = None) -> None:
    """One table a subject: every metric with its 95 % interval, or why there is none."""
    emit(frame, Format.TABLE, console, tables=results_tables)


def print_ranking(ranking: pd.DataFrame, console: Console | None = None) -> None:
    """The subjects in order, with the utility of each axis."""
    emit(ranking, Format.TABLE, console, tables=ranking_tables)


def readable_results(frame: pd.DataFrame) -> pd.DataFrame:
    """Estimates as texts: value and interval in one column, or the reason why there is none."""
    rows = frame.to_dict("records")
    return pd.DataFrame(
        {
            "subject": frame["subject"],
            "axis": frame["axis"],
            "task": frame["task"],
            "metric": frame["metric"],
            "value [95 % interval]": [_value(row) for row in rows],
            "n": [str(row["n"]) if row["status"] == Status.MEASURED.value else "" for row in rows],
        }
    )


def not_above_chance(store: Store, frame: pd.DataFrame) -> frozenset[str]:
    """The subjects whose accuracy interval holds the chance level of one of their tasks, or lies below it.

    Args:
        store: that the estimates are of.
        frame: with the columns of `leaderboard.store.frames.estimates_frame`.
    """
    found = utilities(frame, task_anchors(task_definitions(store)))
    return frozenset(found.subjects[found.below].astype(str).tolist())


def results_tables(frame: pd.DataFrame, at_chance: Collection[str] = ()) -> Iterator[RenderableType]:
    """One table a subject; headline metrics, which count in the ranking, are bold.

    Args:
        frame: with the columns of `leaderboard.store.frames.estimates_frame`.
        at_chance: subjects that are not above chance, which their title says.
    """
    for subject, rows in frame.groupby("subject", sort=False):
        table = ruled_table(f"{subject} · {ABOVE_CHANCE_NO}" if subject in at_chance else str(subject))
        table.add_column("task, metric", overflow="fold")
        table.add_column(Text("value [95 % interval]"), overflow="fold", min_width=_INTERVAL_WIDTH)
        table.add_column("n", justify="right", no_wrap=True)
        evaluations = rows.groupby(["axis", "task", "evaluated_at"], sort=False)
        notes = iter(notes_once([_notes(evaluated) for _, evaluated in evaluations]))
        for (axis, task, _), evaluated in evaluations:
            _add_evaluation(table, Text(f"{axis} · {task}", style="cyan"), evaluated, next(notes))
        yield table


def _add_evaluation(table: Table, heading: Text, evaluated: pd.DataFrame, notes: Sequence[str]) -> None:
    """A task's heading, the notes on its numbers, its metrics, and under each metric its parts.

    The heading alone says why where nothing at all was measured.
    """
    records = evaluated.to_dict("records")
    if _has_nothing(evaluated):
        table.add_row(heading, _shown_value(records[0]), "")
        return
    table.add_row(heading, "", "")
    if notes:
        table.add_row(Text("  note", style="yellow"), Text(BETWEEN_NOTES.join(notes), style="yellow"), "")
    by_metric: dict[str, list[dict[Any, Any]]] = {}
    for row in records:
        by_metric.setdefault(row["metric"].partition(PART)[0], []).append(row)
    for metric, rows in by_metric.items():
        if all(PART in row["metric"] for row in rows):
            table.add_row(f"  {metric}", "", "")
        for row in sorted(rows, key=lambda row: PART in row["metric"]):  # the whole before its parts
            part = row["metric"].partition(PART)[2]
            name = Text(f"    {part}" if part else f"  {metric}", style="bold" if row["headline"] else "")
            table.add_row(name, _shown_value(row), str(row["n"]) if row["status"] == Status.MEASURED.value else "")


def _has_nothing(evaluated: pd.DataFrame) -> bool:
    return set(evaluated["status"]) <= set(_WORDS) and len(set(evaluated["reason"])) == 1


def _notes(evaluated: pd.DataFrame) -> str:
    return "" if _has_nothing(evaluated) else str(evaluated["notes"].iloc[0])


def _shown_value(row: dict[Any, Any]) -> Text:
    return Text(_value(row), style=_STYLES.get(row["status"], ""))


def _value(row: dict[Any, Any]) -> str:
    if row["status"] != Status.MEASURED.value:
        return f"{_WORDS[row['status']]}: {row['reason']}"
    low, high = (None if pd.isna(row[end]) else float(row[end]) for end in ("low", "high"))
    return quantity(float(row["value"]), low, high, row["unit"])
