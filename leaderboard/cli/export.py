"""`leaderboard export`: results for others."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from leaderboard.cli.options import Axes, StoreUrl, Subjects, Suites, Tasks, one_of, writing
from leaderboard.errors import RequestError
from leaderboard.reports.export_formats import ExportFormat


def export(
    *,
    output_format: Annotated[ExportFormat, one_of(ExportFormat, "--format", "How to write it")] = ExportFormat.JSON,
    subject: Subjects = None,
    suite: Suites = None,
    task: Tasks = None,
    axis: Axes = None,
    observations: Annotated[
        bool,
        typer.Option(
            "--observations", help="Write into a JSON document what was seen of each example, for paired comparisons."
        ),
    ] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where to; standard output when not given.")
    ] = None,
    store: StoreUrl = None,
) -> None:
    """Write results as a document that can be compared, gated and imported, or as a table.

    leaderboard export --subject gt-all --output results.json
    leaderboard export --format latex --suite demo --axis accuracy --axis bias
    """
    if observations and output_format is not ExportFormat.JSON:
        raise RequestError(f"--observations: only a JSON document holds them, not {output_format}")
    if output is None and output_format is ExportFormat.PARQUET and sys.stdout.isatty():
        raise RequestError("--format parquet: is not for a terminal\n  Name a file: --output results.parquet")

    from leaderboard.cli.stored import filled_store
    from leaderboard.reports.exports import chosen_results, exported
    from leaderboard.reports.whole_files import write_whole

    found = chosen_results(
        filled_store(store), subjects=subject or (), tasks=task or (), axes=axis or (), suites=suite or ()
    )
    content = exported(found, output_format, observations=observations)
    if output is None:
        typer.echo(content, nl=False)
        return
    with writing("--output", output):
        write_whole(output, content)
    evaluations = sum(len(each.evaluations) for each in found)
    typer.echo(
        f"{output}: {len(found)} subject{'s' * (len(found) != 1)}, {evaluations} evaluations, {len(content):,} bytes",
        err=True,
    )
