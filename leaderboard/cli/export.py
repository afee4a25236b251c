"""`leaderboard export`: results as documents and tables."""

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from leaderboard.cli.options import Axes, MergeSeeds, StoreUrl, Subjects, Suites, Tasks, enum_option, writing
from leaderboard.errors import RequestError
from leaderboard.reports.export_formats import ExportFormat
from leaderboard.terminal import echo, echo_bytes


def export(
    *,
    output_format: Annotated[
        ExportFormat, enum_option(ExportFormat, "--format", "Format of the output")
    ] = ExportFormat.JSON,
    subject: Subjects = None,
    suite: Suites = None,
    task: Tasks = None,
    axis: Axes = None,
    observations: Annotated[
        bool,
        typer.Option(
            "--observations", help="Include per-example observations in a JSON document, for paired comparisons."
        ),
    ] = False,
    merge_seeds: MergeSeeds = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Output file; standard output if omitted.")
    ] = None,
    store: StoreUrl = None,
) -> None:
    """Write results as a document that can be compared, gated and imported, or as a table.

    leaderboard export --subject gt-all --output results.json
    leaderboard export --format latex --suite demo --axis accuracy --axis bias
    """
    if observations and output_format is not ExportFormat.JSON:
        raise RequestError(f"--observations: only JSON documents include observations, not {output_format}")
    if output is None and output_format is ExportFormat.PARQUET:
        _require_binary_output()

    from leaderboard.api import Leaderboard

    with writing("--output", output) if output else nullcontext():
        export = Leaderboard(store).export(
            output_format,
            subjects=subject or (),
            suites=suite or (),
            tasks=task or (),
            axes=axis or (),
            observations=observations,
            merge_seeds=merge_seeds,
            to=output,
        )
    if output is not None:
        counts = f"{export.subjects} subject{'s' * (export.subjects != 1)}, {export.evaluations} evaluations"
        echo(f"{output}: {counts}, {len(export.content):,} bytes", err=True)
    elif output_format is ExportFormat.PARQUET:
        echo_bytes(export.content)
    else:
        echo(export.text, nl=False)


def _require_binary_output() -> None:
    """Raise a RequestError if standard output is a terminal or closed (None where the process began without one)."""
    stream = sys.stdout
    if stream is None or stream.closed:
        raise RequestError("--format parquet: standard output is closed\n  Name a file: --output results.parquet")
    if stream.isatty():
        raise RequestError("--format parquet: cannot be printed on a terminal\n  Name a file: --output results.parquet")
