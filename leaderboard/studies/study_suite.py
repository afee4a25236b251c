"""Custom suites of studies, stored with the study so that it can be read and resumed."""

from collections.abc import Mapping
from pathlib import Path

from leaderboard.data.strict import Strict
from leaderboard.errors import RequestError
from leaderboard.tasks import Catalogue, Suite, Task, default_catalogue

_INSTALL = "\n  Install the package that brought it again (see `leaderboard tasks list`)"
_BEGIN_ANOTHER = "\n  Restore it, or start another search with another --study"


class StudySuite(Strict):
    """A custom suite as it was when the search started.

    Attributes:
        file: that it was read from; empty where an installed package brought it.
        adapt_to: the task that its subjects are adapted to.
        tasks: as they were, in the order in which they are measured.
        digests: of the tasks together with the data that they borrow, by name.
    """

    file: str
    adapt_to: str
    tasks: tuple[Task, ...]
    digests: dict[str, str]

    def by_name(self) -> dict[str, Task]:
        """Return the tasks by name, for reading only: the files of their data belong to the suite's own file."""
        return {task.name: task for task in self.tasks}

    def check(self, name: str, catalogue: Catalogue) -> None:
        """Check that a suite has not changed.

        Args:
            name: of the suite.
            catalogue: that has it as it is now.

        Raises:
            RequestError: Naming the first task that has changed.
        """
        suite = catalogue.suite(name)
        changed = sorted(suite_digests(catalogue, suite).items() ^ self.digests.items())
        if changed or suite.adapt_to != self.adapt_to:
            subject = f"task '{changed[0][0]}' of suite '{name}'" if changed else f"suite '{name}'"
            place = self.file or "installed"
            raise RequestError(f"{place}: {subject} has changed since the search started{_BEGIN_ANOTHER}")


def study_suite(catalogue: Catalogue, suite: Suite) -> StudySuite | None:
    """Return the stored form of a custom suite; None for a suite of the program."""
    if catalogue.is_bundled(suite):
        return None
    tasks = catalogue.suite_tasks(suite.name)
    return StudySuite(
        file="" if suite.name in default_catalogue().suites else str(suite.file),
        adapt_to=suite.adapt_to,
        tasks=tuple(tasks.values()),
        digests=suite_digests(catalogue, suite),
    )


def suite_digests(catalogue: Catalogue, suite: Suite) -> dict[str, str]:
    """Return the digest of each task of a suite, with the data that it borrows."""
    return {name: catalogue.digest(task) for name, task in catalogue.suite_tasks(suite.name).items()}


def with_study_suite(catalogue: Catalogue, name: str, stored_suite: StudySuite | None) -> Catalogue:
    """Return a catalogue with the suite of a search, checked to be unchanged.

    Args:
        catalogue: of what is installed.
        name: of the suite.
        stored_suite: Stored form of a custom suite.

    Raises:
        RequestError: when the suite's file is gone, or one of its tasks has changed.
    """
    if stored_suite is None:
        return catalogue
    complete = catalogue.copy()
    if name not in complete.suites:
        if not stored_suite.file:
            raise RequestError(f"suite '{name}' of the search is not installed any more{_INSTALL}")
        if not Path(stored_suite.file).is_file():
            raise RequestError(
                f"{stored_suite.file}: suite '{name}' of the search is not there any more{_BEGIN_ANOTHER}"
            )
        complete.suite(stored_suite.file)
    stored_suite.check(name, complete)
    return complete


def readable_tasks(catalogue: Catalogue, name: str, stored_suite: StudySuite | None) -> Mapping[str, Task]:
    """Return the tasks of the suite of a search by name, stored ones first."""
    return catalogue.suite_tasks(name) if stored_suite is None else stored_suite.by_name()
