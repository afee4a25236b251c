"""`leaderboard doctor`: check this machine and its configuration."""

from typing import Annotated

import typer

from leaderboard.cli.options import OutputFormat, StoreUrl
from leaderboard.cli.status import ExitStatus
from leaderboard.reports.formats import Format

TriedModels = Annotated[
    list[str] | None,
    typer.Option("--model", "-m", metavar="REF", help="Model to load and try, on the CPU. Repeatable."),
]


def doctor(*, model: TriedModels = None, output: OutputFormat = Format.TABLE, store: StoreUrl = None) -> None:
    """Check device, threads, libraries, cache, Hub, mirror and store. Exit status 1 if something is broken.

    leaderboard doctor --model ./my-model    # also checks how the model can be batched
    """
    import pandas as pd

    from leaderboard.api import Leaderboard
    from leaderboard.api.health import HealthState
    from leaderboard.reports.formats import emit

    findings = Leaderboard(store).health(model or ())
    rows = [{"what": each.item, "state": each.state, "detail": each.detail} for each in findings]
    emit(pd.DataFrame(rows), output, readable=lambda frame: frame.rename(columns={"what": "item"}))
    if any(each.state is HealthState.BROKEN for each in findings):
        raise typer.Exit(ExitStatus.FAILED)
