"""`leaderboard baseline`: saved results that gates compare with."""

from pathlib import Path
from typing import Annotated

import typer

from leaderboard.cli.options import StoreUrl, writing
from leaderboard.gate.defaults import BASELINES
from leaderboard.terminal import console, echo

baseline = typer.Typer(name="baseline", no_args_is_help=True, help="Save and list results that gates compare with.")

Folder = Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Folder of baselines.")]


@baseline.command("save")
def save(
    name: Annotated[str, typer.Argument(help="Name of the baseline, for example main.", show_default=False)],
    *,
    subject: Annotated[
        str | None,
        typer.Option("--subject", metavar="S", help="Subject to save; optional when the store holds only one."),
    ] = None,
    output: Folder = BASELINES,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing baseline of that name.")] = False,
    store: StoreUrl = None,
) -> None:
    """Save the results of a subject with its per-example observations as a document, to be kept with the code.

    leaderboard baseline save main --subject gt-all
    """
    from leaderboard.api import Leaderboard

    with writing("--output", output):
        path, results = Leaderboard(store).save_baseline(name, subject=subject, folder=output, replace=force)
        size = path.stat().st_size
    echo(f"{path}: {results.label}, {len(results.evaluations)} evaluations, {size:,} bytes")


@baseline.command("list")
def list_baselines(*, output: Folder = BASELINES) -> None:
    """List the baselines of a folder."""
    from leaderboard.api import Leaderboard
    from leaderboard.reports.gate_verdicts import baselines_table

    saved = Leaderboard().baselines(output)
    if not saved:
        echo(f"{output}: no baselines yet.\nSave one: leaderboard baseline save main --subject NAME", err=True)
        return
    console().print(baselines_table(saved))
