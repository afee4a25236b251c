"""`leaderboard recompute`: estimates again from what was observed."""

import typer

from leaderboard.cli.options import StoreUrl
from leaderboard.cli.stored import existing_store


def recompute(store: StoreUrl = None) -> None:
    """Estimate everything again from the stored observations; no model is loaded."""
    from leaderboard.evaluation.recompute import recompute as recompute_all
    from leaderboard.tasks import default_catalogue

    database = existing_store(store)
    if database is None:
        return
    done = kept = 0
    for evaluation, reason in recompute_all(database, default_catalogue()):
        if reason:
            kept += 1
            typer.echo(f"kept {evaluation.subject} on {evaluation.task.name}: {reason}", err=True)
        else:
            done += 1
    typer.echo(f"evaluations recomputed: {done}, kept as they were: {kept}")
