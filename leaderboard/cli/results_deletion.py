"""`leaderboard results delete`: deletion of evaluations, with a document to undo it."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leaderboard.cli.options import StoreUrl, writing
from leaderboard.errors import RequestError
from leaderboard.escapes import shell
from leaderboard.redaction import redacted
from leaderboard.terminal import echo

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leaderboard.store.results import SubjectResults

_MAX_LISTED = 10


def delete(
    *,
    evaluation: Annotated[
        str | None, typer.Option("--evaluation", metavar="ID", help="Evaluation whose identity begins with ID.")
    ] = None,
    subject: Annotated[str | None, typer.Option("--subject", metavar="S", help="Evaluations of this subject.")] = None,
    task: Annotated[str | None, typer.Option("--task", metavar="NAME", help="Evaluations on this task.")] = None,
    run: Annotated[int | None, typer.Option("--run", metavar="N", help="Evaluations of this run.")] = None,
    failed: Annotated[bool, typer.Option("--failed", help="Evaluations that failed.")] = False,
    undo: Annotated[
        Path | None,
        typer.Option(
            "--undo",
            metavar="FILE",
            help=r"Document to write, for `leaderboard import` to undo the deletion. \[default: deleted-TIME.json]",
            show_default=False,
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Delete without confirmation.")] = False,
    store: StoreUrl = None,
) -> None:
    """Delete the evaluations that match all options, after writing them to a document.

    leaderboard results delete --failed
    leaderboard results delete --subject 'bert/probe(sst2)' --task my_reviews
    """
    from leaderboard.api import Leaderboard

    deletion = Leaderboard(store).deletion(evaluation=evaluation, subject=subject, task=task, run=run, failed=failed)
    number = len(deletion.evaluations)
    if not number:
        echo("no evaluation matches all of these options; nothing was deleted", err=True)
        return
    _print_evaluations(deletion.results)
    if not yes:
        if sys.stdin is None or not sys.stdin.isatty():
            raise RequestError("delete: needs confirmation, and standard input is no terminal\n  Add --yes")
        typer.confirm(f"Delete {_count(number)}?", abort=True, err=True)
    place = undo or Path(f"deleted-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}.json")
    with writing("--undo", place):
        deletion.carry_out(undo=place)
    again = f" --store {shell(redacted(store))}" if store else ""
    echo(f"deleted {_count(number)}; undo: leaderboard import {shell(str(place))}{again}", err=True)


def _print_evaluations(selected: "Sequence[SubjectResults]") -> None:
    rows = [(subject.label, each) for subject in selected for each in subject.evaluations]
    for label, each in rows[:_MAX_LISTED]:
        echo(f"  {label} · {each.task.name} · {each.status.replace('_', ' ')} · {each.started_at:%Y-%m-%d %H:%M}")
    if len(rows) > _MAX_LISTED:
        echo(f"  and {len(rows) - _MAX_LISTED} more")


def _count(number: int) -> str:
    return f"{number} evaluation{'s' * (number != 1)}"
