"""`leaderboard tasks`: which tasks there are, what one says, and whether a file is a valid one."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leaderboard.cli.options import Axes, OutputFormat, told_offline
from leaderboard.errors import RequestError
from leaderboard.reports.formats import Format

if TYPE_CHECKING:
    import pandas as pd

    from leaderboard.tasks import Catalogue, Task

tasks = typer.Typer(name="tasks", no_args_is_help=True, help="List, show and validate tasks.")


@tasks.command("list")
def list_tasks(*, axis: Axes = None, output: OutputFormat = Format.TABLE) -> None:
    """List every task, with the suites that run it."""
    from leaderboard.axes.metric import Axis
    from leaderboard.tasks import default_catalogue

    catalogue = default_catalogue()
    known = sorted(catalogue.tasks.values(), key=lambda task: (list(Axis).index(task.axis), task.name))
    rows = [
        {
            "task": task.name,
            "version": task.version,
            "axis": task.axis.value,
            "protocol": task.protocol,
            "metrics": list(task.metrics),
            "suites": [suite.name for suite in catalogue.suites.values() if task.name in suite.tasks],
            "description": task.description,
        }
        for task in known
        if not axis or task.axis in axis
    ]
    if output is Format.TABLE:
        from leaderboard.reports.listings import print_tasks

        print_tasks(rows)
        return
    import pandas as pd

    from leaderboard.reports.formats import emit

    columns = ["task", "version", "axis", "protocol", "metrics", "suites", "description"]
    emit(pd.DataFrame(rows, columns=columns), output, readable=_readable)


@tasks.command("show")
def show_task(name: Annotated[str, typer.Argument(help="A task, or the path of a task file.", metavar="NAME")]) -> None:
    """Print a task as its file says it, without what is left at its default."""
    import yaml

    from leaderboard.tasks import default_catalogue

    task = default_catalogue().task(name)
    said = task.model_dump(mode="json", exclude_defaults=True)
    typer.echo(yaml.safe_dump(said, sort_keys=False, allow_unicode=True, width=100), nl=False)


@tasks.command("validate")
def validate_tasks(
    paths: Annotated[list[Path], typer.Argument(help="Task files.", metavar="PATH...")],
    *,
    data: Annotated[
        bool, typer.Option("--data/--no-data", help="Read every split: rows, classes, and the first ten wrong rows.")
    ] = True,
    offline: Annotated[bool, typer.Option("--offline", help="Use nothing that is not on this machine.")] = False,
) -> None:
    """Check task files and their data: keys, protocol, metrics, the tasks they refer to, and every row.

    Exit status 2 for a mistake; data that is out of reach is named and not checked.
    """
    offline = told_offline(offline=offline)

    from leaderboard.tasks import default_catalogue

    catalogue = default_catalogue()
    problems: list[str] = []
    loaded = {path: task for path in paths if (task := _load(path, catalogue, problems))}
    for path, task in loaded.items():
        try:
            _check(path, task, catalogue)
        except RequestError as error:
            problems.append(str(error))
            continue
        told, wrong = _check_data(task, offline=offline) if data else (["data: not read (--no-data)"], [])
        problems += [f"{path}: {problem}" for problem in wrong]
        typer.echo(
            "\n".join([f"{path}: {'the data has mistakes' if wrong else 'OK'}", *(f"  {line}" for line in told)])
        )
    if problems:
        raise RequestError("\n".join(dict.fromkeys(problems)))


def _load(path: Path, catalogue: "Catalogue", problems: list[str]) -> "Task | None":
    """A task file's task, known to the catalogue, so that the others may refer to it."""
    from leaderboard.tasks import load_task

    try:
        task = load_task(path)
        catalogue.add(task)
    except RequestError as error:
        problems.append(str(error))
        return None
    return task


def _check(path: Path, task: "Task", catalogue: "Catalogue") -> None:
    from leaderboard.data.reading import check_fields
    from leaderboard.tasks import protocol_of

    protocol = protocol_of(task, where=str(path))
    if task.data and protocol.example:
        try:
            check_fields(task.data, protocol.example)
        except RequestError as error:
            raise RequestError(f"{path}: {error}") from None
    borrowed = task.data.same_as if task.data else None
    for named in filter(None, (task.adapt_to, borrowed)):
        catalogue.task(named, where=str(path))


def _check_data(task: "Task", *, offline: bool) -> tuple[list[str], list[str]]:
    """What is to be told of a task's data, and what is wrong with it."""
    if task.data is None:
        return [], []
    if task.data.same_as:
        return [f"data: that of task '{task.data.same_as}', not read here"], []
    from leaderboard.evaluation.data_report import report_on

    report = report_on(task, offline=offline)
    return [*report.lines, *(f"not checked: {each}" for each in report.unchecked)], report.problems


def _readable(frame: "pd.DataFrame") -> "pd.DataFrame":
    shown = frame[["task", "axis", "suites", "description"]]
    return shown.assign(suites=[", ".join(names) for names in frame["suites"]])
