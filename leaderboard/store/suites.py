"""Suites and task files of the user that runs of a store used."""

import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import String, cast, select

from leaderboard.data.yamlfile import parse_yaml
from leaderboard.errors import RequestError
from leaderboard.settings import working_folder
from leaderboard.store.provenance import is_imported
from leaderboard.store.repository import Store
from leaderboard.store.tables import RunRow
from leaderboard.tasks import Catalogue, Task, default_catalogue, is_suite
from leaderboard.tasks.recorded import NOTED, RecordedSuite, noted_suites, noted_tasks
from leaderboard.tasks.suite import YAML

log = logging.getLogger(__name__)


def remembered_suites(store: Store) -> dict[str, RecordedSuite]:
    """Return the suites of the user that runs of a store measured, by name."""
    with store.reading() as session:
        noted = (
            select(RunRow.arguments).where(cast(RunRow.arguments, String).contains(f'"{NOTED}"')).order_by(RunRow.id)
        )
        return noted_suites(session.scalars(noted))


def stored_catalogue(store: Store) -> Catalogue:
    """Return the installed tasks and suites, and those of the files that runs of a store used, and of `--data`.

    A store is untrusted, so that files are only read below the working directory. Missing and invalid files are left
    out.
    """
    catalogue = default_catalogue()
    arguments = _arguments_of_runs(store)
    here = os.path.normpath(working_folder())
    for name, content in noted_tasks(arguments).items():
        try:
            if file := _file_below(here, name):
                catalogue.add(parse_yaml(content, Task, where=name, kind="a task file").read_from(Path(file)))
        except RequestError:
            log.debug("%s: not read", name, exc_info=True)
    for name in _named_files(arguments, here):
        try:
            if is_suite(Path(name)):
                catalogue.suite(name)
            else:
                catalogue.task(name)
        except RequestError:
            log.debug("%s: not read", name, exc_info=True)
    return catalogue


def _arguments_of_runs(store: Store) -> list[Mapping[str, Any]]:
    """Return the arguments of runs on this machine that may name a file of tasks, newest first."""
    with store.reading() as session:
        query = select(RunRow.arguments).where(cast(RunRow.arguments, String).contains(".y")).order_by(RunRow.id.desc())
        return [arguments for arguments in session.scalars(query) if not is_imported(arguments)]


def _named_files(arguments: Sequence[Mapping[str, Any]], here: str) -> list[str]:
    """Return the files of tasks and suites below a folder that runs were started with."""
    tasks = [task for each in arguments if isinstance(task := each.get("task"), list)]
    names = (*(each.get("suite") for each in arguments), *(name for some in tasks for name in some))
    files = (_file_below(here, name) for name in dict.fromkeys(each for each in names if isinstance(each, str)))
    return [file for file in files if file]


def _file_below(here: str, name: str) -> str:
    """Return the path of a YAML file below a folder, which is not opened; empty for any other name."""
    file = os.path.normpath(os.path.join(here, name))  # noqa: PTH118 - pathlib keeps `..`
    return file if name.endswith(YAML) and Path(file).is_relative_to(here) else ""
