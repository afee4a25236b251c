"""The catalogue of tasks and suites, of the program, of plug-ins and of files."""

import logging
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from leaderboard.axes.axis import Axis
from leaderboard.errors import RequestError, unknown_name
from leaderboard.identity import digest
from leaderboard.settings import bundled_folder
from leaderboard.tasks.derived import derived_tasks
from leaderboard.tasks.plugins import plugin_folders
from leaderboard.tasks.suite import YAML, Suite, SuiteFile, load_suite
from leaderboard.tasks.task import Task, load_task

log = logging.getLogger(__name__)

_SUITES, _DATA = "suites", "data"


class Catalogue:
    """All tasks and suites by name."""

    def __init__(self, folders: Iterable[Path] = ()) -> None:
        """Read the files of folders; see `read_folder`."""
        self.tasks: dict[str, Task] = {}
        self.suites: dict[str, Suite] = {}
        for folder in folders:
            self.read_folder(folder)

    def copy(self) -> "Catalogue":
        """Return a copy, to which more tasks and suites can be added."""
        other = Catalogue()
        other.tasks, other.suites = dict(self.tasks), dict(self.suites)
        return other

    def read_folder(self, folder: Path) -> None:
        """Read the files of a folder and its subfolders: `suites/` holds suites, `data/` data, all others tasks.

        Raises:
            RequestError: for a file that is no task or suite, or whose name another has.
        """
        files = sorted(file for ending in YAML for file in (*folder.glob(f"*{ending}"), *folder.glob(f"*/*{ending}")))
        for path in files:
            if path.parent.name not in {_SUITES, _DATA}:
                self.add(load_task(path))
        for path in files:
            if path.parent.name == _SUITES:
                self.add_suite(load_suite(path), path)

    def add(self, task: Task) -> None:
        """Add a task.

        Raises:
            RequestError: when another task has its name.
        """
        if self.tasks.get(task.name, task) != task:
            existing = self.tasks[task.name].file
            raise RequestError(f"{task.file}: a task named '{task.name}' exists already ({existing}); names are unique")
        self.tasks[task.name] = task

    def add_suite(self, content: SuiteFile, path: Path) -> Suite:
        """Add a suite, and the tasks that it names by files or derives.

        Args:
            content: of its file.
            path: of the file, which the paths of its tasks are relative to.

        Raises:
            RequestError: when another suite has its name, or a task of it is unknown or cannot be derived.
        """
        suite = self._resolved(content, path.resolve())
        existing = self.suites.get(suite.name, suite)
        if existing.file != suite.file:
            raise RequestError(
                f"{path}: a suite named '{suite.name}' exists already ({existing.file}); names are unique"
            )
        self.suites[suite.name] = suite
        return suite

    def task(self, name: str, *, where: str = "") -> Task:
        """Return the task of that name, or read it from a path that ends in .yaml."""
        if name.endswith(YAML):
            task = load_task(Path(name))
            self.add(task)
            return task
        if name not in self.tasks:
            if Path(name).is_file():
                raise RequestError(
                    f"{name}: it is no task file, whose name ends in .yaml\n"
                    f"  Measure a file of texts and labels with --data {name}, or write its task with "
                    f"`leaderboard tasks init {name}`."
                )
            raise unknown_name("task", name, self.tasks, where=where, see="leaderboard tasks list")
        return self.tasks[name]

    def suite(self, name: str) -> Suite:
        """Return the suite of that name, or read it from a path that ends in .yaml."""
        if name.endswith(YAML):
            return self.add_suite(load_suite(Path(name)), Path(name))
        if name not in self.suites:
            raise unknown_name("suite", name, self.suites, see="leaderboard tasks list")
        return self.suites[name]

    def is_bundled(self, suite: Suite) -> bool:
        """Whether a suite comes with the program itself."""
        return suite.file.is_relative_to(bundled_folder("tasks").resolve())

    def suite_tasks(self, name: str) -> dict[str, Task]:
        """Return the tasks of a suite by name."""
        return {each: self.task(each) for each in self.suite(name).tasks}

    def data(self, task: Task) -> Task | None:
        """Return the task that defines the data of `task`: itself, the one it borrows from, or None without data."""
        if task.data is None:
            return None
        if task.data.same_as is None:
            return task
        lender = task.data.same_as
        if lender.endswith(YAML) and not Path(lender).resolve().is_relative_to(task.folder):
            raise RequestError(
                f"{task.name}: data.same_as: '{lender}' leads out of {task.folder}\n"
                "  Name the task, or a file in the folder of this task or below."
            )
        source = self.task(lender, where=task.name)
        if source.data is None or source.data.same_as:
            raise RequestError(
                f"{task.name}: data.same_as: '{source.name}' has no data of its own"
                + (f"; name '{source.data.same_as}', whose data it borrows" if source.data else "")
            )
        return source

    def labels(self, task: Task) -> tuple[str, ...]:
        """Return the class names of a task's data, its own or borrowed."""
        source = self.data(task)
        return source.data.labels if source is not None and source.data is not None else ()

    def digest(self, task: Task) -> str:
        """Return the digest of a task and of the data that it borrows."""
        source = self.data(task)
        return task.digest if source is None or source is task else digest([task.digest, source.digest])

    def _resolved(self, content: SuiteFile, path: Path) -> Suite:
        names = [self._named(each, path).name for each in content.tasks]
        missing: dict[Axis, str] = {}
        source = self._named(content.source, path) if content.source else None
        if source is not None:
            derived = derived_tasks(content, source, path)
            names += [self._agreed(task, path, overridden=overridden) for task, overridden in derived.tasks]
            if not isinstance(content.axes, tuple) or source.axis in content.axes:
                names.insert(0, source.name)
            names.sort(key=lambda name: self.tasks[name].axis.place)
            covered = {self.tasks[name].axis for name in names}
            missing = {axis: reason for axis, reason in derived.not_derived.items() if axis not in covered}
        if missing and isinstance(content.axes, tuple):
            axis, reason = next(iter(missing.items()))
            raise RequestError(f"{path}: axes: no task of the {axis} axis can be derived: {reason}")
        adapt_to = self._named(content.adapt_to, path) if content.adapt_to else source
        if adapt_to is None:
            raise RequestError(f"{path}: missing key 'adapt_to'")
        description = content.description or f"Tasks around '{adapt_to.name}'."
        return Suite(content.name or path.stem, description, adapt_to.name, tuple(dict.fromkeys(names)), missing, path)

    def _named(self, name: str, path: Path) -> Task:
        """A task that the file of a suite names; the path of its file is relative to that of the suite."""
        return self.task(str(path.parent / name) if name.endswith(YAML) else name, where=str(path))

    def _agreed(self, task: Task, path: Path, *, overridden: bool) -> str:
        """The name of a derived task; an existing one of that name is taken, unless the suite wants another."""
        existing = self.tasks.get(task.name)
        if existing is None:
            self.add(task)
            return task.name
        if (existing.protocol, existing.adapt_to) == (task.protocol, task.adapt_to) and (
            not overridden or existing.model_dump() == task.model_dump()
        ):
            return existing.name
        raise RequestError(
            f"{path}: derives a task named '{task.name}', and another task of that name exists already "
            f"({existing.file})\n  Give it a name of its own: overrides: {{{task.protocol}: {{name: …}}}}"
        )


def default_catalogue() -> Catalogue:
    """Return the tasks and suites of the program and its plug-ins."""
    return _installed().copy()


@cache
def _installed() -> Catalogue:
    catalogue = Catalogue([bundled_folder("tasks")])
    for name, folder in plugin_folders():
        with_plugin = catalogue.copy()
        try:
            with_plugin.read_folder(folder)
        except RequestError as error:
            log.warning("plug-in '%s': its tasks are ignored: %s", name, error)
            continue
        catalogue = with_plugin
    return catalogue
