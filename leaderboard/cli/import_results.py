"""`leaderboard import`: results measured elsewhere."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leaderboard.cli.options import StoreUrl
from leaderboard.terminal import echo

if TYPE_CHECKING:
    from leaderboard.documents.importing import ImportReport


def import_results(
    file: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Result documents.", show_default=False)],
    *,
    store: StoreUrl = None,
) -> None:
    """Import result documents into the store. Existing evaluations stay; importing again changes nothing.

    Estimates are recomputed if the document includes observations; contradictory documents are refused.

    leaderboard import results/published/*.json
    """
    from leaderboard.api import Leaderboard

    Leaderboard(store).import_(file, progress=_print_report)


def _print_report(report: "ImportReport") -> None:
    for sentence in report.remarks:
        echo(sentence, err=True)
    if report.unchecked:
        evaluations = "1 evaluation has" if report.unchecked == 1 else f"{report.unchecked} evaluations have"
        echo(f"{report.path}: {evaluations} estimates that cannot be recomputed for lack of observations", err=True)
    for each in report.evaluations:
        if each.note:
            echo(f"{report.path}: {each.subject} on {each.task}: {each.status}: {each.note}", err=True)
    echo(f"{report.path}: {report.summary}")
