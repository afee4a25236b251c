"""Inspections of a user's own data on a terminal: detections, notes, and the tasks of each axis."""

from collections.abc import Mapping

from rich.console import Console
from rich.text import Text

from leaderboard.axes.axis import Axis
from leaderboard.escapes import line
from leaderboard.own_data.inspection import Inspection
from leaderboard.reports.tables import ruled_table
from leaderboard.tasks import Suite


def print_inspection(inspection: Inspection, console: Console) -> None:
    """Print what was detected, from what, and the flag that changes it; then the notes.

    Args:
        inspection: of the user's files.
        console: where it is printed.
    """
    table = ruled_table(line(inspection.main.layout.file.name))
    for heading in ("detected", "value", "from", "change with"):
        table.add_column(heading, overflow="fold")
    for each in inspection.detections:
        table.add_row(*(Text(line(cell)) for cell in (each.feature, each.value, each.evidence, each.flag)))
    for role, file in inspection.other_files:
        layout = ", ".join(each.value for each in file.layout.detections[:3])
        table.add_row(role, Text(line(file.name)), Text(f"{file.survey.usable:,} rows; {layout}"), role)
    table.add_row("rows", f"{inspection.rows:,}", Text(inspection.plan.summary), "")
    console.print(table)
    for note in inspection.notes:
        console.print(Text(f"! {line(note)}", style="yellow"))


def print_axes(suite: Suite, axes: Mapping[str, Axis], console: Console) -> None:
    """Print the tasks of a suite by axis, and why an axis has none.

    Args:
        suite: the suite.
        axes: axis of each task, by name.
        console: where it is printed.
    """
    for name, axis in axes.items():
        console.print(Text(f"{axis}: {name}"))
    for axis, reason in suite.not_derived.items():
        console.print(Text(f"{axis}: no task: {line(reason)}", style="yellow"))
