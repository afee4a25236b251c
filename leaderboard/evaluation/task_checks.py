"""Checks of task and suite files: against their protocols, the tasks they refer to, and their data."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from leaderboard.data.example_builder import check_fields
from leaderboard.errors import RequestError
from leaderboard.evaluation.adaptation import check_adapt_to
from leaderboard.evaluation.data_report import report_on
from leaderboard.evaluation.evaluate_metrics import code_to_trust
from leaderboard.tasks import Catalogue, Task, is_suite, load_task, protocol_of


@dataclass(frozen=True)
class FileCheck:
    """Result of checking a file, or a task by its name.

    Attributes:
        path: Path of the file, or the name.
        readable: Whether it is a valid task or suite; its data may still have problems.
        lines: Rows, classes, tasks of a suite, and what could not be checked.
        problems: Errors that have to be fixed.
    """

    path: str
    readable: bool
    lines: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def check_tasks(catalogue: Catalogue, paths: Sequence[str], *, data: bool, offline: bool) -> Iterator[FileCheck]:
    """Check files of tasks and suites, and tasks by their names.

    Args:
        catalogue: of the tasks that files may refer to; those of the files are added to it.
        paths: files and names, which may refer to each other.
        data: whether every split is read.
        offline: do without the network.

    Yields:
        Results of files that cannot be read, then of suites, then of tasks.
    """
    loaded: dict[str, Task] = {}
    for path in paths:
        if not is_suite(Path(path)):
            try:
                loaded[path] = _load(path, catalogue)
            except RequestError as error:
                yield FileCheck(path, readable=False, problems=(str(error),))
    for path in paths:
        if is_suite(Path(path)):
            try:
                yield FileCheck(path, readable=True, lines=tuple(_suite_lines(path, catalogue)))
            except RequestError as error:
                yield FileCheck(path, readable=False, problems=(str(error),))
    for path, task in loaded.items():
        try:
            _add_neighbours(Path(path), task, catalogue)
            check_task(task, catalogue, where=path)
        except RequestError as error:
            yield FileCheck(path, readable=False, problems=(str(error),))
            continue
        result = (
            _data_check(path, task, offline=offline)
            if data
            else FileCheck(path, readable=True, lines=("data: not read (--no-data)",))
        )
        code = (f"not checked: the code of {each}, which only a run loads" for each in code_to_trust(task))
        yield replace(result, lines=(*result.lines, *code))


def check_task(task: Task, catalogue: Catalogue, *, where: str) -> None:
    """Check a task against its protocol and the tasks that it refers to.

    A task with a prompt of its own is answered without the task in `adapt_to` where a model continues text, so that its
    labels may be others; a run with any other model refuses it.

    Args:
        task: the task.
        catalogue: of the tasks that it may refer to.
        where: its file, for messages.

    Raises:
        RequestError: naming the file and what is wrong.
    """
    protocol = protocol_of(task, where=where)
    if task.data and protocol.example:
        try:
            check_fields(task.data, protocol.example)
        except RequestError as error:
            raise RequestError(f"{where}: {error}") from None
    borrowed = task.data.same_as if task.data else None
    for name in filter(None, (task.adapt_to, borrowed)):
        _check_reference(name, catalogue, where=where)
    try:
        catalogue.data(task)
        if task.adapt_to and not task.prompt:
            check_adapt_to(catalogue, task, catalogue.task(task.adapt_to))
    except RequestError as error:
        raise RequestError(f"{where}: {error}") from None


def _check_reference(name: str, catalogue: Catalogue, *, where: str) -> None:
    """Refuse a reference to a task that does not exist.

    Raises:
        RequestError: naming the file that would define it.
    """
    try:
        catalogue.task(name, where=where)
    except RequestError as error:
        beside = Path(where).parent / f"{name}.yaml"
        if Path(where).suffix and not Path(name).suffix:
            raise RequestError(f"{error}\n  A task of one's own belongs in {beside}, beside this file.") from None
        raise


def _load(path: str, catalogue: Catalogue) -> Task:
    """Load a task by name or file and add it to the catalogue, so that others may refer to it."""
    if not Path(path).suffix:
        return catalogue.task(path)
    task = load_task(Path(path))
    catalogue.add(task)
    return task


def _add_neighbours(path: Path, task: Task, catalogue: Catalogue) -> None:
    """Add the tasks that a task file refers to and that are in files beside it, as `tasks init` writes them.

    Raises:
        RequestError: for a file beside it that is no task.
    """
    borrowed = task.data.same_as if task.data else None
    for name in filter(None, (task.adapt_to, borrowed)):
        beside = path.parent / f"{name}.yaml"
        if path.suffix and name not in catalogue.tasks and beside.is_file():
            catalogue.add(load_task(beside))


def _suite_lines(path: str, catalogue: Catalogue) -> list[str]:
    """Check each task of a suite and list them by axis; data is read with the task's own file."""
    suite = catalogue.suite(path)
    tasks = catalogue.suite_tasks(suite.name)
    for task in tasks.values():
        check_task(task, catalogue, where=f"{path}: {task.name}")
    measured = [f"{task.axis}: {task.name}" for task in tasks.values()]
    return [*measured, *(f"not derived: {axis}: {reason}" for axis, reason in suite.not_derived.items())]


def _data_check(path: str, task: Task, *, offline: bool) -> FileCheck:
    """Read the data of a task and return the result."""
    if task.data is None:
        return FileCheck(path, readable=True)
    if task.data.same_as:
        return FileCheck(path, readable=True, lines=(f"data: that of task '{task.data.same_as}', not read here",))
    report = report_on(task, offline=offline)
    lines = (*report.lines, *(f"not checked: {each}" for each in report.unchecked))
    return FileCheck(path, readable=True, lines=lines, problems=tuple(f"{path}: {each}" for each in report.problems))
