"""`leaderboard results delete`: evaluations leave the store, behind a document that brings them back."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leaderboard.cli.options import StoreUrl, writing
from leaderboard.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leaderboard.store.results import SubjectResults

_SHOWN = 10


def delete(
    *,
    evaluation: Annotated[
        str | None, typer.Option("--evaluation", metavar="ID", help="The start of an evaluation's identity.")
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
            help=r"Document that `leaderboard import` brings back. \[default: deleted-TIME.json]",
            show_default=False,
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Delete without asking.")] = False,
    store: StoreUrl = None,
) -> None:
    """Delete the evaluations that all options leave, after writing them to a document.

    leaderboard results delete --failed
    leaderboard results delete --subject 'bert/probe(sst2)' --task my_reviews
    """
    from leaderboard.cli.stored import filled_store
    from leaderboard.store.deletion import Selection, delete_evaluations, selected_evaluations
    from leaderboard.store.results import all_results

    selection = Selection(evaluation=evaluation, subject=subject, task=task, run=run, failed=failed)
    if selection.is_everything:
        raise RequestError(
            "delete: says nothing of what to delete\n  Use --evaluation, --subject, --task, --run or --failed"
        )
    existing = filled_store(store)
    chosen = selected_evaluations(existing, selection)
    if not chosen:
        typer.echo("no evaluation is left by all of these options; nothing was deleted", err=True)
        return
    found = _only(all_results(existing), set(chosen))
    _tell(found)
    if not yes:
        if not sys.stdin.isatty():
            raise RequestError("delete: asks before it deletes, and nobody is there to answer\n  Add --yes")
        typer.confirm(f"Delete {_count(len(chosen))}?", abort=True, err=True)
    place = undo or Path(f"deleted-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}.json")
    _write(place, found)
    delete_evaluations(existing, chosen)
    again = f" --store {store}" if store else ""
    typer.echo(f"deleted {_count(len(chosen))}; undo: leaderboard import {place}{again}", err=True)


def _only(results: "Sequence[SubjectResults]", evaluations: set[str]) -> "list[SubjectResults]":
    """The results that hold these evaluations and no others."""
    from dataclasses import replace

    kept = [
        replace(each, evaluations=tuple(one for one in each.evaluations if one.evaluation in evaluations))
        for each in results
    ]
    return [each for each in kept if each.evaluations]


def _tell(found: "Sequence[SubjectResults]") -> None:
    rows = [(subject.label, each) for subject in found for each in subject.evaluations]
    for label, each in rows[:_SHOWN]:
        typer.echo(f"  {label} · {each.task.name} · {each.status.replace('_', ' ')} · {each.started_at:%Y-%m-%d %H:%M}")
    if len(rows) > _SHOWN:
        typer.echo(f"  and {len(rows) - _SHOWN} more")


def _write(path: Path, found: "Sequence[SubjectResults]") -> None:
    from leaderboard.documents.writing import document, text
    from leaderboard.reports.whole_files import write_whole

    if path.exists():
        raise RequestError(f"--undo {path}: is there already; nothing was deleted")
    content = text(document(found, observations=True)).encode()
    with writing("--undo", path):
        write_whole(path, content)


def _count(number: int) -> str:
    return f"{number} evaluation{'s' * (number != 1)}"
