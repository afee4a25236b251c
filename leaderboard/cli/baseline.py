"""`leaderboard baseline`: results with a name, that gates compare with."""

from pathlib import Path
from typing import Annotated

import typer

from leaderboard.cli.options import StoreUrl, writing
from leaderboard.gate.defaults import BASELINES

baseline = typer.Typer(name="baseline", no_args_is_help=True, help="Keep results that gates compare with.")

Folder = Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Where baselines are kept.")]


@baseline.command("save")
def save(
    name: Annotated[str, typer.Argument(help="What it is called, for instance main.", show_default=False)],
    *,
    subject: Annotated[
        str | None, typer.Option("--subject", metavar="S", help="Whose results; the only subject where there is one.")
    ] = None,
    output: Folder = BASELINES,
    force: Annotated[bool, typer.Option("--force", help="Replace the one of that name.")] = False,
    store: StoreUrl = None,
) -> None:
    """Save the results of a subject, with what was seen of each example, as a document to be kept with the code.

    leaderboard baseline save main --subject gt-all
    """
    from leaderboard.cli.stored import filled_store
    from leaderboard.gate.baselines import content_of, place_of
    from leaderboard.gate.choosing import stored_subject
    from leaderboard.reports.whole_files import write_whole

    path = place_of(output, name, replace=force)
    found = stored_subject(filled_store(store), subject)
    content = content_of(found)
    with writing("--output", output):
        output.mkdir(parents=True, exist_ok=True)
        write_whole(path, content)
    typer.echo(f"{path}: {found.label}, {len(found.evaluations)} evaluations, {len(content):,} bytes")


@baseline.command("list")
def list_baselines(*, output: Folder = BASELINES) -> None:
    """List the baselines of a folder."""
    from rich.console import Console

    from leaderboard.gate.baselines import saved_baselines
    from leaderboard.reports.gated import baselines_table

    saved = saved_baselines(output)
    if not saved:
        typer.echo(
            f"{output}: holds no baseline yet.\nSave one: leaderboard baseline save main --subject NAME", err=True
        )
        return
    Console().print(baselines_table(saved))
