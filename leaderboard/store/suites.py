"""Suites and task files of the user that runs of a store used."""

import logging
import os
from pathlib import Path

from sqlalchemy import String, cast, select

from leaderboard.errors import RequestError
from leaderboard.store.provenance import is_imported
from leaderboard.store.repository import Store
from leaderboard.store.tables import RunRow
from leaderboard.tasks import Catalogue, default_catalogue, is_suite
from leaderboard.tasks.recorded import NOTED, RecordedSuite, noted_suites
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
    """Return the installed tasks and suites, and those of the files that runs of a store used.

    A store is untrusted, so that files are only read below the working directory. Missing and invalid files are left
    out.
    """
    catalogue = default_catalogue()
    for name in _named_files(store):
        try:
            if is_suite(Path(name)):
                catalogue.suite(name)
            else:
                catalogue.task(name)
        except RequestError:
            log.debug("%s: not read", name, exc_info=True)
    return catalogue


def _named_files(store: Store) -> list[str]:
    """Return the files of tasks and suites in the arguments of runs on this machine, newest first."""
    with store.reading() as session:
        query = select(RunRow.arguments).where(cast(RunRow.arguments, String).contains(".y")).order_by(RunRow.id.desc())
        every = [arguments for arguments in session.scalars(query) if not is_imported(arguments)]
    tasks = [task for arguments in every if isinstance(task := arguments.get("task"), list)]
    names = (*(arguments.get("suite") for arguments in every), *(name for some in tasks for name in some))
    return [name for name in dict.fromkeys(each for each in names if isinstance(each, str)) if _is_near(name)]


def _is_near(name: str) -> bool:
    """Whether a name is the path of a YAML file below the working directory; the file is not opened."""
    here = os.path.normpath(Path.cwd())
    return name.endswith(YAML) and Path(os.path.normpath(os.path.join(here, name))).is_relative_to(here)  # noqa: PTH118
