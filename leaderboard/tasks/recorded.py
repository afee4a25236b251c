"""Suites and tasks recorded with runs.

Results of a custom suite can be ranked without its file, and the task of a user's own data, which no file defines, can
be read again.
"""

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import Field, ValidationError

from leaderboard.data.strict import Strict
from leaderboard.tasks.catalogue import Catalogue
from leaderboard.tasks.suite import Suite
from leaderboard.tasks.task import GuestName, Name

log = logging.getLogger(__name__)

NOTED = "suite_file"
"""Key of the note among the arguments of a run."""
TASK_FILES = "task_files"
"""Key of the texts of task files that were in memory alone, by the path that each would have."""
_MOST_TASKS = 1000


class RecordedSuite(Strict):
    """A suite as recorded in the arguments of a run.

    Attributes:
        name: of the suite.
        adapt_to: the task that its subjects are adapted to.
        tasks: the metrics that count in a ranking, by task.
    """

    name: Name
    adapt_to: Name
    tasks: dict[GuestName, tuple[str, ...]] = Field(min_length=1, max_length=_MOST_TASKS)


def suite_note(catalogue: Catalogue, suite: Suite) -> dict[str, Any]:
    """Return the record of a suite for the arguments of a run; empty for a suite of the program.

    Args:
        catalogue: of its tasks.
        suite: that was run.
    """
    if catalogue.is_bundled(suite):
        return {}
    tasks = {name: task.headlines for name, task in catalogue.suite_tasks(suite.name).items()}
    recorded = RecordedSuite(name=suite.name, adapt_to=suite.adapt_to, tasks=tasks)
    return {NOTED: recorded.model_dump(mode="json")}


def noted_suites(arguments: Iterable[Mapping[str, Any]]) -> dict[str, RecordedSuite]:
    """Return the suites recorded in the arguments of runs, by name; of two of one name the later.

    Args:
        arguments: of runs, oldest first; invalid suites, which imported documents may have, are skipped.
    """
    suites: dict[str, RecordedSuite] = {}
    for each in arguments:
        if NOTED not in each:
            continue
        try:
            suite = RecordedSuite.model_validate(each[NOTED])
        except ValidationError:
            log.debug("the suite recorded with a run cannot be read", exc_info=True)
            continue
        suites.pop(suite.name, None)
        suites[suite.name] = suite
    return suites


def noted_tasks(arguments: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return the texts of task files recorded in the arguments of runs, by path; of two of one path the first.

    Args:
        arguments: of runs, newest first.
    """
    texts: dict[str, str] = {}
    for each in arguments:
        noted = each.get(TASK_FILES)
        if isinstance(noted, dict):
            texts = {path: text for path, text in noted.items() if isinstance(text, str)} | texts
    return texts
