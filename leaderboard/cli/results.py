"""`leaderboard results`: every estimate in the store."""

from leaderboard.cli.options import Axes, Metrics, Models, OutputFormat, StoreUrl, Tasks
from leaderboard.reports.formats import Format


def results(
    *,
    model: Models = None,
    axis: Axes = None,
    task: Tasks = None,
    metric: Metrics = None,
    output: OutputFormat = Format.TABLE,
    store: StoreUrl = None,
) -> None:
    """Show what was measured: one row an estimate, with its 95 % interval."""
    from leaderboard.cli.stored import existing_store, stored_estimates
    from leaderboard.reports.console import readable_results, results_tables
    from leaderboard.reports.formats import emit

    frame = stored_estimates(existing_store(store), models=model, axes=axis, tasks=task, metrics=metric)
    emit(frame, output, readable=readable_results, tables=results_tables)
