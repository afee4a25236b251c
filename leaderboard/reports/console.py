"""Tables of a run on a terminal: the estimates of each subject, and the ranking. Fits 80 columns."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from leaderboard import terminal
from leaderboard.escapes import shell
from leaderboard.quantities import quantity
from leaderboard.ranking.methods.method import Method
from leaderboard.ranking.ranking import combined
from leaderboard.ranking.suites import stored_tables
from leaderboard.ranking.utilities import utilities
from leaderboard.ranking.utility_scale import task_anchors
from leaderboard.reports.class_report import class_reports, report_table
from leaderboard.reports.formats import Format, emit
from leaderboard.reports.hint import Hint
from leaderboard.reports.over_seeds import seed_sd, seeds_remark
from leaderboard.reports.ranking import ABOVE_BAG_OF_WORDS_NO, ABOVE_CHANCE_NO, denied, ranking_tables
from leaderboard.reports.tables import ruled_table
from leaderboard.seeds.frames import frame_over_seeds
from leaderboard.seeds.groups import SeedGroup
from leaderboard.stats.estimate import Status
from leaderboard.store.frames import NOTE_SEPARATOR, distinct_notes, estimates_frame, split_part, task_definitions
from leaderboard.store.provenance import import_note
from leaderboard.store.repository import Store
from leaderboard.store.results import existing_evaluations

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
    groups: Sequence[SeedGroup] = (),
) -> None:
    """Print the results of a run, new or served from the store.

    Programs get every estimate; people get those of whole tasks, those of classes, the ranking, and where to find the
    other parts.

    Args:
        store: store in which the run was recorded.
        outcomes: outcomes of the run.
        format: output format.
        console: console to print on; standard output when None.
        option: option that other commands need to find the store, if any.
        groups: subjects that differ by seed alone, where the run is over seeds: one row each.
    """
    evaluations = [outcome.plan.identity for outcome in outcomes]
    each_seed = frame = estimates_frame(store, evaluations=evaluations)
    if groups:
        frame = frame_over_seeds(store, frame, groups, evaluations=evaluations)
    if format is not Format.TABLE:
        emit(frame, format, console, readable=readable_results)
        return
    console = terminal.console() if console is None else console
    whole_tasks = _of_whole_tasks(frame)
    marked = marks(store, whole_tasks)
    emit(whole_tasks, Format.TABLE, console, tables=lambda each: results_tables(each, marked))
    reports = list(class_reports(frame))
    for title, report in reports:
        console.print(report_table(report, title))
    for line in _imports(store, outcomes):
        console.print(line, style="yellow", markup=False, highlight=False)
    is_ranked = _print_rankings(store, frame, console, groups)
    if not frame.empty:  # not even a failure of theirs could be stored
        console.print(Hint(_next_steps(each_seed, option, is_ranked=is_ranked, has_reports=bool(reports))))


def _of_whole_tasks(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of metrics without parts, and those of tasks that have nothing but parts, such as lengths."""
    is_whole = pd.Series([not split_part(each)[1] for each in frame["metric"]], index=frame.index, dtype=bool)
    in_parts = ~frame["task"].isin(frame.loc[is_whole, "task"])
    return frame[is_whole | in_parts].reset_index(drop=True)


def _imports(store: Store, outcomes: Sequence["Outcome"]) -> Iterator[str]:
    """Yield how many of the evaluations that a run served were imported, file by file."""
    served = existing_evaluations(store, [outcome.plan.identity for outcome in outcomes if outcome.served])
    files = Counter(each.imported_from for each in served.values() if each.imported_from)
    for file, count in files.items():
        yield f"{count} of {len(served)} evaluations that the store had: {import_note(file)}"
    if files:
        yield "  Measure them here: delete them (leaderboard results delete --help), then run again."


def _print_rankings(store: Store, frame: pd.DataFrame, console: Console, groups: Sequence[SeedGroup]) -> bool:
    """Print the rankings of what a run measured, a sentence for fewer than two axes; return whether there is one."""
    anchors, rankings = task_anchors(task_definitions(store)), []
    for table in stored_tables(store, frame, groups=groups):
        rows = table.frame[table.frame["headline"] & (table.frame["status"] == Status.MEASURED.value)]
        axes = list(dict.fromkeys(rows["axis"]))
        if len(axes) >= min(2, len(table.axes)):
            rankings.append(table.utilities(anchors).ranked())
            continue
        line = f"No ranking: of the {len(table.axes)} axes of {table.name}, {_alone(axes)}."
        if axes:
            tasks = dict.fromkeys(rows["task"])
            line += f"\n  To rank by it: leaderboard rank {' '.join(f'--task {shell(task)}' for task in tasks)}"
        console.print(Hint(line))
    if rankings:
        print_ranking(combined(rankings, Method.WEIGHTED), console)
    return bool(rankings)


def _alone(axes: Sequence[str]) -> str:
    return f"{axes[0]} alone was measured" if axes else "none was measured"


def _next_steps(frame: pd.DataFrame, option: str, *, is_ranked: bool, has_reports: bool) -> str:
    """Return the commands that show more of what there is."""
    lines = [
        f"\nWhere to look next{option and f' (each with {option})'}:",
        "  leaderboard results                every number, part by part",
        "                                     for programs: --format json|csv|markdown",
    ]
    if is_ranked:
        lines.append("  leaderboard rank --weight bias=3   the ranking when one axis matters more")
    if has_reports:
        lines += [
            "  leaderboard report SUBJECT TASK    precision, recall and F1 of every class",
            "                                     with --format markdown, all intervals too",
        ]
    measured = frame[frame["status"] == Status.MEASURED.value]
    if not measured.empty:
        subject, task = measured["subject"].iloc[0], measured["task"].iloc[0]
        lines += [
            f"  leaderboard observations --subject {shell(subject)} --task {shell(task)}",
            "                                     per-example observations",
        ]
    lines += [
        "  leaderboard metrics                what each number means",
        "  leaderboard app                    the same in a web page",
    ]
    return "\n".join(lines)


def print_results(frame: pd.DataFrame, console: Console | None = None) -> None:
    """Print one table for each subject: every metric with its 95 % interval, or why it has no value."""
    emit(frame, Format.TABLE, console, tables=results_tables)


def print_ranking(ranking: pd.DataFrame, console: Console | None = None) -> None:
    """Print the subjects in order, with the utility of each axis."""
    emit(ranking, Format.TABLE, console, tables=ranking_tables)


def readable_results(frame: pd.DataFrame) -> pd.DataFrame:
    """Return estimates as texts: value and interval in one column, or the reason why there is no value."""
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


def marks(store: Store, frame: pd.DataFrame) -> dict[str, str]:
    """Return remarks on subjects whose accuracy is not above chance, or not above that of a bag of words.

    Args:
        store: store that the estimates come from.
        frame: with the columns of `leaderboard.store.frames.estimates_frame`.

    Returns:
        Remarks by subject; other subjects have none.
    """
    ranking = utilities(frame, task_anchors(task_definitions(store))).ranked()
    words = {"above_chance": ABOVE_CHANCE_NO, "above_bag_of_words": ABOVE_BAG_OF_WORDS_NO}
    texts = {
        str(row["subject"]): " · ".join(text for name, text in words.items() if denied(row, name))
        for row in ranking.to_dict("records")
    }
    return {subject: text for subject, text in texts.items() if text}


def results_tables(frame: pd.DataFrame, marked: Mapping[str, str] | None = None) -> Iterator[RenderableType]:
    """Yield one table for each subject; headline metrics, which count in the ranking, are bold.

    Args:
        frame: with the columns of `leaderboard.store.frames.estimates_frame`.
        marked: remarks from `marks` for the title of a subject.
    """
    for subject, rows in frame.groupby("subject", sort=False):
        remarks = (str(subject), (marked or {}).get(str(subject)), seeds_remark(rows))
        table = ruled_table(" · ".join(filter(None, remarks)))
        table.add_column("task, metric", overflow="fold")
        table.add_column(Text("value [95 % interval]"), overflow="fold", min_width=_INTERVAL_WIDTH)
        table.add_column("n", justify="right", no_wrap=True)
        evaluations = rows.groupby(["axis", "task", "evaluated_at"], sort=False)
        notes = iter(distinct_notes([_notes(evaluated) for _, evaluated in evaluations]))
        for (axis, task, _), evaluated in evaluations:
            _add_evaluation(table, Text(f"{axis} · {task}", style="cyan"), evaluated, next(notes))
        yield table


def _add_evaluation(table: Table, heading: Text, evaluated: pd.DataFrame, notes: Sequence[str]) -> None:
    """Add a task's heading, the notes on its numbers, its metrics, and below each metric its parts.

    If nothing was measured, the heading has the reason.
    """
    records = evaluated.to_dict("records")
    if _has_nothing(evaluated):
        table.add_row(heading, _styled_value(records[0]), "")
        return
    table.add_row(heading, "", "")
    if notes:
        table.add_row(Text("  note", style="yellow"), Text(NOTE_SEPARATOR.join(notes), style="yellow"), "")
    by_metric: dict[str, list[dict[Any, Any]]] = {}
    for row in records:
        by_metric.setdefault(split_part(row["metric"])[0], []).append(row)
    for metric, rows in by_metric.items():
        if all(split_part(row["metric"])[1] for row in rows):
            table.add_row(f"  {metric}", "", "")
        for row in sorted(rows, key=lambda row: bool(split_part(row["metric"])[1])):  # the whole before its parts
            part = split_part(row["metric"])[1]
            name = Text(f"    {part}" if part else f"  {metric}", style="bold" if row["headline"] else "")
            table.add_row(name, _styled_value(row), str(row["n"]) if row["status"] == Status.MEASURED.value else "")


def _has_nothing(evaluated: pd.DataFrame) -> bool:
    return set(evaluated["status"]) <= set(_WORDS) and len(set(evaluated["reason"])) == 1


def _notes(evaluated: pd.DataFrame) -> str:
    if _has_nothing(evaluated):
        return ""
    file, notes = str(evaluated["imported_from"].iloc[0]), str(evaluated["notes"].iloc[0])
    return NOTE_SEPARATOR.join(filter(None, [import_note(file) if file else "", notes]))


def _styled_value(row: dict[Any, Any]) -> Text:
    return Text(_value(row), style=_STYLES.get(row["status"], ""))


def _value(row: dict[Any, Any]) -> str:
    if row["status"] != Status.MEASURED.value:
        return f"{_WORDS[row['status']]}: {row['reason']}"
    low, high = (None if pd.isna(row[end]) else float(row[end]) for end in ("low", "high"))
    return quantity(float(row["value"]), low, high, row["unit"], sd=seed_sd(row))
