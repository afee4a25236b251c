"""`leaderboard results`: every estimate in the store, and deletion of evaluations."""

from typing import TYPE_CHECKING, Annotated

import typer

from leaderboard.cli.options import Axes, MergeSeeds, Metrics, Models, OutputFormat, StoreUrl, Subjects, Suites, Tasks
from leaderboard.cli.results_deletion import delete
from leaderboard.reports.formats import Format
from leaderboard.terminal import echo

if TYPE_CHECKING:
    import pandas as pd

NEWEST = 50
"""Largest number of subjects in a table on a terminal."""

results = typer.Typer(name="results", invoke_without_command=True)
results.command("delete")(delete)


@results.callback()
def show_results(
    ctx: typer.Context,
    *,
    model: Models = None,
    suite: Suites = None,
    subject: Subjects = None,
    axis: Axes = None,
    task: Tasks = None,
    metric: Metrics = None,
    limit: Annotated[
        int,
        typer.Option(min=0, metavar="N", help="Number of subjects in a table, the last measured ones; 0 for all."),
    ] = NEWEST,
    merge_seeds: MergeSeeds = False,
    output: OutputFormat = Format.TABLE,
    store: StoreUrl = None,
) -> None:
    """Print one row for each estimate, with its 95 % interval; `results delete` removes evaluations.

    leaderboard results --suite core --axis bias
    leaderboard results delete --failed
    """
    if ctx.invoked_subcommand is not None:
        return
    from leaderboard.api import Leaderboard
    from leaderboard.reports.console import readable_results, results_tables
    from leaderboard.reports.formats import emit

    board = Leaderboard(store)
    board.refuse_missing_store()
    if board.empty_because:
        echo(board.empty_because, err=True)
    frame = board.results(
        models=model or (),
        subjects=subject or (),
        suites=suite or (),
        tasks=task or (),
        axes=axis or (),
        metrics=metric or (),
        merge_seeds=merge_seeds,
    )
    if frame.empty and not board.empty_because:
        echo("No result in the store matches all of these options.", err=True)
    if output is Format.TABLE:
        frame = _newest(frame, limit)
    marked = board.caveats(frame)
    emit(frame, output, readable=readable_results, tables=lambda each: results_tables(each, marked))


def _newest(frame: "pd.DataFrame", limit: int) -> "pd.DataFrame":
    """Return the rows of the last measured subjects, and print what is left out."""
    last_evaluated = frame.groupby("subject", sort=False)["evaluated_at"].max()
    if not limit or len(last_evaluated) <= limit:
        return frame
    echo(
        f"showing the last measured {limit} of {len(last_evaluated):,} subjects\n"
        "  --limit 0 shows all; --subject, --model, --suite and --task select; --format json or csv prints all",
        err=True,
    )
    newest_subjects = last_evaluated.sort_values(ascending=False, kind="stable").index[:limit]
    return frame[frame["subject"].isin(newest_subjects)].reset_index(drop=True)
