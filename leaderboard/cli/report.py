"""`leaderboard report`: the classification report of a subject."""

from typing import Annotated

import typer

from leaderboard.cli.options import OutputFormat, StoreUrl
from leaderboard.reports.formats import Format


def report(
    *,
    subject: Annotated[str, typer.Argument(help="Subject, by the start of its name or identity.", show_default=False)],
    task: Annotated[str, typer.Argument(help="Classification or tagging task.", show_default=False)],
    output: OutputFormat = Format.TABLE,
    store: StoreUrl = None,
) -> None:
    """Print precision, recall, F1 and support of every class, from a subject's newest evaluation on a task.

    leaderboard report gt-all sst2
    leaderboard report gt-all sst2 --format json
    """
    from leaderboard.api import Leaderboard
    from leaderboard.reports.class_report import readable_report, report_table
    from leaderboard.reports.formats import emit

    report = Leaderboard(store).class_report(subject, task)
    title = f"{report.subject} · {report.task}"
    emit(report.frame, output, readable=readable_report, tables=lambda frame: [report_table(frame, title)])
