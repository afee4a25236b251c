"""`leaderboard results`: every estimate in the store, and the deletion of some."""

from typing import TYPE_CHECKING, Annotated

import typer

from leaderboard.cli.options import Axes, Metrics, Models, OutputFormat, StoreUrl, Subjects, Suites, Tasks
from leaderboard.cli.results_deletion import delete
from leaderboard.reports.formats import Format

if TYPE_CHECKING:
    import pandas as pd

NEWEST = 50
"""Subjects that a table shows: a terminal is no place for a thousand."""

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
        typer.Option(min=0, metavar="N", help="Subjects in a table: the N measured last; 0 for all."),
    ] = NEWEST,
    output: OutputFormat = Format.TABLE,
    store: StoreUrl = None,
) -> None:
    """Show what was measured: one row an estimate, with its 95 % interval; or delete some of it.

    leaderboard results --suite core --axis bias
    leaderboard results delete --failed
    """
    if ctx.invoked_subcommand is not None:
        return
    from leaderboard.cli.stored import existing_store, of_suites, stored_estimates, subject_names
    from leaderboard.reports.console import not_above_chance, readable_results, results_tables
    from leaderboard.reports.formats import emit

    existing = existing_store(store)
    frame = stored_estimates(existing, models=model, axes=axis, tasks=task, metrics=metric)
    if existing and suite:
        frame = of_suites(existing, frame, suite)
    if existing and subject:
        frame = frame[frame["subject"].isin(subject_names(existing, subject))].reset_index(drop=True)
    if output is Format.TABLE:
        frame = _newest(frame, limit)
    marked = not_above_chance(existing, frame) if existing and not frame.empty else frozenset()
    emit(frame, output, readable=readable_results, tables=lambda each: results_tables(each, marked))


def _newest(frame: "pd.DataFrame", limit: int) -> "pd.DataFrame":
    """The rows of the subjects that were measured last, in their order; says what is left out."""
    last = frame.groupby("subject", sort=False)["evaluated_at"].max()
    if not limit or len(last) <= limit:
        return frame
    typer.echo(
        f"showing the {limit} of {len(last):,} subjects that were measured last\n"
        "  --limit 0 shows all; --subject, --model, --suite and --task choose; --format json or csv holds every one",
        err=True,
    )
    kept = last.sort_values(ascending=False, kind="stable").index[:limit]
    return frame[frame["subject"].isin(kept)].reset_index(drop=True)
