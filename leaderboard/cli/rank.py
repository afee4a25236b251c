"""`leaderboard rank`: the ranking of subjects."""

from typing import Annotated

import typer

from leaderboard.cli.options import MergeSeeds, OutputFormat, StoreUrl, Subjects, Suites, enum_option
from leaderboard.ranking.methods.method import Intervals, Method
from leaderboard.reports.formats import Format
from leaderboard.terminal import echo


def rank(
    *,
    suite: Suites = None,
    task: Annotated[
        list[str] | None,
        typer.Option("--task", metavar="NAME", help="Rank by this task; several form one table. Repeatable."),
    ] = None,
    subject: Subjects = None,
    weight: Annotated[
        list[str] | None,
        typer.Option("--weight", metavar="AXIS=W", help="Weight of an axis (default 1). Repeatable."),
    ] = None,
    method: Annotated[Method, enum_option(Method, "--method", "Ranking method")] = Method.WEIGHTED,
    where: Annotated[
        list[str] | None,
        typer.Option(
            "--where",
            metavar="CONDITION",
            help="Only subjects that meet this condition, such as 'privacy.leak_auc <= 0.55'; unmeasured ones fail it. "
            "Repeatable.",
        ),
    ] = None,
    intervals: Annotated[
        Intervals,
        enum_option(
            Intervals,
            "--intervals",
            "95 % intervals of ranks: over random weights, or confidence intervals over examples",
        ),
    ] = Intervals.NONE,
    merge_seeds: MergeSeeds = False,
    output: OutputFormat = Format.TABLE,
    store: StoreUrl = None,
) -> None:
    """Rank the subjects of each suite by their axes' utilities on fixed anchors."""
    from leaderboard.api import Leaderboard
    from leaderboard.reports.formats import emit
    from leaderboard.reports.ranking import ranking_tables, readable_ranking

    board = Leaderboard(store)
    board.refuse_missing_store()
    report = board.rank(
        suites=suite or (),
        tasks=task or (),
        subjects=subject or (),
        weights=weight or (),
        method=method,
        where=where or (),
        intervals=intervals,
        merge_seeds=merge_seeds,
    )
    if board.empty_because:
        echo(board.empty_because, err=True)
    for sentence in report.left_out:
        echo(f"excluded: {sentence}", err=True)
    for sentence in report.remarks:
        echo(f"note: {sentence}", err=True)
    hints = report.hints()
    emit(
        report.frame,
        output,
        readable=readable_ranking,
        tables=lambda each: ranking_tables(each, method, hints),
    )


_METHODS = "\n".join(f"  {each}: {each.summary}" for each in Method)
rank.__doc__ = f"""{rank.__doc__}

Each suite has its own table. Only subjects with every weighted axis are ranked.

leaderboard rank --suite demo --weight bias=3 --where "privacy.leak_auc <= 0.55" --intervals examples

\b
{_METHODS}
"""
