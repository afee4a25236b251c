"""`leaderboard mitigations`: measures against a limitation of a model, which are settings of recipes."""

from typing import Annotated

import typer

from leaderboard.cli.options import OutputFormat
from leaderboard.reports.formats import Format
from leaderboard.terminal import echo

mitigations = typer.Typer(name="mitigations", no_args_is_help=True, help="List and show mitigations.")


@mitigations.command("list")
def list_mitigations(*, output: OutputFormat = Format.TABLE) -> None:
    """List every mitigation with its settings and axes; other formats add its stages, recipes and sources."""
    from leaderboard.api import listings

    rows = listings.list_mitigations()
    if output is Format.TABLE:
        from leaderboard.reports.listings import print_mitigations

        print_mitigations(rows)
        return
    import pandas as pd

    from leaderboard.reports.formats import emit
    from leaderboard.reports.listings import readable_mitigations

    emit(pd.DataFrame(rows), output, readable=lambda _: pd.DataFrame(readable_mitigations(rows)))


@mitigations.command("show")
def show_mitigation(name: Annotated[str, typer.Argument(help="Name of a mitigation.", metavar="NAME")]) -> None:
    """Print what a mitigation does, its settings with their ranges, and the mitigations that it excludes."""
    from leaderboard.api.listings import describe_mitigation

    echo(describe_mitigation(name), nl=False)
