"""`leaderboard report`: precision, recall and F1 of every class."""

from typing import Annotated

import typer

from leaderboard.cli.options import OutputFormat, StoreUrl
from leaderboard.errors import RequestError
from leaderboard.reports.formats import Format


def report(
    *,
    subject: Annotated[str, typer.Argument(help="A subject: the start of its name or identity.", show_default=False)],
    task: Annotated[str, typer.Argument(help="A task of classes or of tagged words.", show_default=False)],
    output: OutputFormat = Format.TABLE,
    store: StoreUrl = None,
) -> None:
    """Show precision, recall, F1 and support of every class, of the newest evaluation of a subject on a task.

    leaderboard report gt-all sst2
    leaderboard report gt-all sst2 --format json
    """
    from leaderboard.cli.stored import filled_store
    from leaderboard.reports.classes import class_report, readable_report, report_table
    from leaderboard.reports.formats import emit
    from leaderboard.store.frames import estimates_frame

    existing = filled_store(store)
    newest = existing.newest(subject, task)
    found = class_report(estimates_frame(existing, evaluations=[newest.identity]))
    if found.empty:
        raise RequestError(
            f"'{newest.subject}' has no report of classes on task '{task}' (protocol '{newest.task.protocol}')\n"
            "  Tasks of protocols classification and tagging have one; measure it again where it was measured before "
            "there were reports"
        )
    title = f"{newest.subject} · {task}"
    emit(found, output, readable=readable_report, tables=lambda frame: [report_table(frame, title)])
