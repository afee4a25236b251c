"""`leaderboard results`: every estimate in the store."""

from leaderboard.cli.options import Axes, Metrics, Models, OutputFormat, StoreUrl, Subjects, Suites, Tasks
from leaderboard.reports.formats import Format


def results(
    *,
    model: Models = None,
    suite: Suites = None,
    subject: Subjects = None,
    axis: Axes = None,
    task: Tasks = None,
    metric: Metrics = None,
    output: OutputFormat = Format.TABLE,
    store: StoreUrl = None,
) -> None:
    """Show what was measured: one row an estimate, with its 95 % interval."""
    from leaderboard.cli.stored import existing_store, of_suites, stored_estimates, subject_names
    from leaderboard.reports.console import not_above_chance, readable_results, results_tables
    from leaderboard.reports.formats import emit

    existing = existing_store(store)
    frame = stored_estimates(existing, models=model, axes=axis, tasks=task, metrics=metric)
    if existing and suite:
        frame = of_suites(existing, frame, suite)
    if existing and subject:
        frame = frame[frame["subject"].isin(subject_names(existing, subject))].reset_index(drop=True)
    marked = not_above_chance(existing, frame) if existing and not frame.empty else frozenset()
    emit(frame, output, readable=readable_results, tables=lambda each: results_tables(each, marked))
