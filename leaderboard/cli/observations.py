"""`leaderboard observations`: per-example observations."""

from typing import Annotated

import typer

from leaderboard.cli.options import OutputFormat, StoreUrl
from leaderboard.reports.formats import Format
from leaderboard.terminal import echo


def observations(
    *,
    subject: Annotated[
        str, typer.Option("--subject", metavar="S", help="Subject, by the start of its name or identity.")
    ],
    task: Annotated[str, typer.Option("--task", metavar="T", help="Name of a task.")],
    output: OutputFormat = Format.JSONL,
    store: StoreUrl = None,
) -> None:
    """Print the per-example observations of the newest evaluation of a subject on a task.

    leaderboard observations --subject gt-all --task movies --format csv
    """
    import pandas as pd

    from leaderboard.api import Leaderboard
    from leaderboard.quantities import rounded
    from leaderboard.reports.formats import emit

    observations = Leaderboard(store).observations(subject, task)
    if not observations:
        echo(
            "The store has no observations of this evaluation; it was imported from a document without them.", err=True
        )
    if output in {Format.JSON, Format.JSONL}:
        rows = [{"example_id": each.example_id, "data": dict(each.data)} for each in observations]
        emit(pd.DataFrame(rows), output)
    elif output in {Format.TABLE, Format.MARKDOWN}:
        rounded_rows = [{"example_id": each.example_id, **rounded(each.data)} for each in observations]
        emit(pd.DataFrame(rounded_rows, dtype=object), output)
    else:  # CSV is for programs and keeps every digit
        emit(observations.frame, output)
