"""`leaderboard observations`: what was seen for each example."""

from typing import Annotated

import typer

from leaderboard.cli.options import OutputFormat, StoreUrl
from leaderboard.reports.formats import Format


def observations(
    *,
    subject: Annotated[
        str, typer.Option("--subject", metavar="S", help="A subject: the start of its name or identity.")
    ],
    task: Annotated[str, typer.Option("--task", metavar="T", help="A task.")],
    output: OutputFormat = Format.JSONL,
    store: StoreUrl = None,
) -> None:
    """Print what was seen for each example of the newest evaluation of a subject on a task.

    leaderboard observations --subject gt-all --task movies --format csv
    """
    import pandas as pd

    from leaderboard.cli.stored import filled_store
    from leaderboard.quantities import rounded
    from leaderboard.reports.formats import emit

    seen = filled_store(store).observations(subject, task)
    if not seen:
        typer.echo("What was seen is not in this store; a document that it came from left it out.", err=True)
    if output in {Format.JSON, Format.JSONL}:
        emit(pd.DataFrame([{"example_id": each.example_id, "data": dict(each.data)} for each in seen]), output)
        return
    read = rounded if output in {Format.TABLE, Format.MARKDOWN} else dict  # CSV is for programs: every digit
    emit(pd.DataFrame([{"example_id": each.example_id, **read(each.data)} for each in seen], dtype=object), output)
