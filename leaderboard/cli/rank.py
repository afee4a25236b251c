"""`leaderboard rank`: the subjects in order."""

from typing import Annotated

import typer

from leaderboard.cli.options import OutputFormat, StoreUrl
from leaderboard.reports.formats import Format


def rank(
    *,
    weight: Annotated[
        list[str] | None,
        typer.Option("--weight", metavar="AXIS=W", help="Weight of an axis, 1 where not given. Repeatable."),
    ] = None,
    output: OutputFormat = Format.TABLE,
    store: StoreUrl = None,
) -> None:
    """Order the subjects by the weighted mean of their axes' utilities on fixed anchors.

    leaderboard rank --weight bias=3 --weight latency=0
    """
    from leaderboard.cli.stored import existing_store, stored_estimates
    from leaderboard.ranking.normalise import task_anchors
    from leaderboard.ranking.weighted import parse_weights
    from leaderboard.ranking.weighted import rank as ranked
    from leaderboard.reports.console import ranking_tables, readable_ranking
    from leaderboard.reports.formats import emit
    from leaderboard.store.frames import task_definitions

    weights = parse_weights(weight or ())
    existing = existing_store(store)
    anchors = task_anchors(task_definitions(existing)) if existing else {}
    ranking = ranked(stored_estimates(existing), weights, anchors=anchors)
    emit(ranking, output, readable=readable_ranking, tables=ranking_tables)
