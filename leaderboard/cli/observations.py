"""`leaderboard observations`: what was seen for each example."""

from typing import Annotated

import typer

from leaderboard.cli.options import OutputFormat, StoreUrl
from leaderboard.errors import RequestError
from leaderboard.reports.formats import Format


def observations(
    *,
    subject: Annotated[
        str, typer.Option("--subject", metavar="S", help="A subject: its name, or the start of its identity.")
    ],
    task: Annotated[str, typer.Option("--task", metavar="T", help="A task.")],
    output: OutputFormat = Format.JSONL,
    store: StoreUrl = None,
) -> None:
    """Print what was seen for each example of the newest evaluation of a subject on a task."""
    import pandas as pd

    from leaderboard.cli.stored import NEXT, existing_store
    from leaderboard.reports.formats import emit

    existing = existing_store(store)
    if existing is None or existing.is_empty():
        raise RequestError(f"there are no observations yet\n  {NEXT}")
    seen = existing.observations(subject, task)
    rows = [{"example_id": each.example_id, "data": dict(each.data)} for each in seen]
    emit(
        pd.DataFrame(rows, columns=["example_id", "data"]),
        output,
        readable=lambda frame: pd.DataFrame(
            [{"example_id": row["example_id"], **row["data"]} for row in frame.to_dict("records")], dtype=object
        ),
    )
