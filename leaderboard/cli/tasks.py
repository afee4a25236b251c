"""`leaderboard tasks`: which tasks there are, what one says, and whether a file is a valid one."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leaderboard.cli.options import Axes, OutputFormat
from leaderboard.errors import RequestError
from leaderboard.reports.formats import Format

if TYPE_CHECKING:
    import pandas as pd

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
) -> None:
    """Check task files: their keys, protocol, metrics, parameters and the tasks they refer to."""
    problems = []
    for path in paths:
        try:
            _check(path)
        except RequestError as error:
            problems.append(str(error))
        else:
            typer.echo(f"{path}: OK")
    if problems:
        raise RequestError("\n".join(problems))


def _check(path: Path) -> None:
    from leaderboard.data.reading import check_fields
    from leaderboard.tasks import default_catalogue, load_task, protocol_of

    task = load_task(path)
    protocol = protocol_of(task, where=str(path))
    if task.data and protocol.example:
        try:
            check_fields(task.data, protocol.example)
        except RequestError as error:
            raise RequestError(f"{path}: {error}") from None
    catalogue = default_catalogue()
    catalogue.add(task)
    borrowed = task.data.same_as if task.data else None
    for named in filter(None, (task.adapt_to, borrowed)):
        catalogue.task(named, where=str(path))


def _readable(frame: "pd.DataFrame") -> "pd.DataFrame":
    shown = frame[["task", "axis", "suites", "description"]]
    return shown.assign(suites=[", ".join(names) for names in frame["suites"]])
