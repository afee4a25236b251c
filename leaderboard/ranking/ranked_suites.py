"""The suites that results may belong to: of the program, remembered by a store or results, and of files."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from leaderboard.axes.catalogue import METRICS
from leaderboard.store.repository import Store
from leaderboard.store.results import SubjectResults
from leaderboard.store.suites import remembered_suites
from leaderboard.tasks import Catalogue, Suite, default_catalogue
from leaderboard.tasks.recorded import RecordedSuite, noted_suites
from leaderboard.tasks.suite import YAML


@dataclass(frozen=True, slots=True)
class RankedSuite:
    """A suite as a ranking uses it.

    Attributes:
        name: name of the suite.
        adapt_to: the task that its subjects are adapted to.
        pairs: (task, metric) of all that it ranks by.
    """

    name: str
    adapt_to: str
    pairs: frozenset[tuple[str, str]]

    @property
    def tasks(self) -> frozenset[str]:
        """Names of its tasks."""
        return frozenset(task for task, _ in self.pairs)


@cache
def bundled_suites() -> tuple[RankedSuite, ...]:
    """Return the suites that come with the program and its plug-ins."""
    return tuple(catalogue_suites(default_catalogue()))


def catalogue_suites(catalogue: Catalogue) -> list[RankedSuite]:
    """Return the suites of a catalogue, in its order."""
    return [_ranked(catalogue, suite) for suite in catalogue.suites.values()]


def suites_of_store(store: Store, names: Sequence[str] = ()) -> tuple[RankedSuite, ...]:
    """Return the suites that the results of a store may belong to.

    Args:
        store: remembers the suites that it was measured for.
        names: as `--suite` names them; those that are paths of files are read, and count before what is remembered.
    """
    return _together(remembered_suites(store).values(), names)


def suites_of_results(results: Iterable[SubjectResults], names: Sequence[str] = ()) -> tuple[RankedSuite, ...]:
    """Return the suites that some results may belong to; as `suites_of_store` does for a store."""
    evaluations = sorted(
        (each for subject in results for each in subject.evaluations), key=lambda each: each.started_at
    )
    return _together(noted_suites(each.arguments for each in evaluations).values(), names)


def suite_names(names: Sequence[str]) -> list[str]:
    """Return the names of suites that are given by name or by the path of their file."""
    return [suite_of_file(name).name if name.endswith(YAML) else name for name in names]


def suite_of_file(path: str) -> RankedSuite:
    """Return the suite of a file.

    Raises:
        RequestError: for a file that is no suite, or whose suite has the name of another.
    """
    catalogue = default_catalogue()
    return _ranked(catalogue, catalogue.suite(path))


def _together(remembered: Iterable[RecordedSuite], names: Sequence[str]) -> tuple[RankedSuite, ...]:
    of_files = [suite_of_file(name) for name in names if name.endswith(YAML)]
    installed = {suite.name: suite for suite in (*bundled_suites(), *of_files)}
    uninstalled = (each for each in remembered if each.name not in installed)
    return (*installed.values(), *(_remembered(each) for each in uninstalled))


def _ranked(catalogue: Catalogue, suite: Suite) -> RankedSuite:
    pairs = ((name, metric) for name in suite.tasks for metric in catalogue.task(name).headlines)
    return RankedSuite(suite.name, suite.adapt_to, frozenset(pairs))


def _remembered(suite: RecordedSuite) -> RankedSuite:
    """Return a remembered suite; metrics whose plug-in is not installed do not count."""
    pairs = ((task, metric) for task, metrics in suite.tasks.items() for metric in metrics if metric in METRICS)
    return RankedSuite(suite.name, suite.adapt_to, frozenset(pairs))
