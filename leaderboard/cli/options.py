"""Options that several commands share, so that they are spelled and explained alike."""

from typing import Annotated

import typer

from leaderboard.axes.metric import Axis
from leaderboard.reports.formats import Format

StoreUrl = Annotated[
    str | None,
    typer.Option(
        "--store",
        metavar="URL",
        help="Database of results. [default: $LEADERBOARD_STORE, else sqlite:///results/leaderboard.db]",
        show_default=False,
    ),
]
OutputFormat = Annotated[Format, typer.Option("--format", help="How to print it.", case_sensitive=False)]
Models = Annotated[list[str] | None, typer.Option("--model", metavar="NAME", help="Only this model; may be repeated.")]
Axes = Annotated[
    list[Axis] | None, typer.Option("--axis", help="Only this axis; may be repeated.", case_sensitive=False)
]
Tasks = Annotated[list[str] | None, typer.Option("--task", metavar="NAME", help="Only this task; may be repeated.")]
Metrics = Annotated[
    list[str] | None, typer.Option("--metric", metavar="NAME", help="Only this metric; may be repeated.")
]
