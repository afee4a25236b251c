"""`leaderboard tasks`: list, show, validate and write tasks."""

from typing import TYPE_CHECKING, Annotated

import typer

from leaderboard.cli.options import Axes, OutputFormat, set_offline
from leaderboard.cli.tasks_init import init_tasks
from leaderboard.errors import RequestError
from leaderboard.reports.formats import Format
from leaderboard.terminal import echo

if TYPE_CHECKING:
    import pandas as pd

    from leaderboard.evaluation.task_checks import FileCheck

tasks = typer.Typer(name="tasks", no_args_is_help=True, help="List, show, validate and write tasks.")
tasks.command("init")(init_tasks)


@tasks.command("list")
def list_tasks(*, axis: Axes = None, output: OutputFormat = Format.TABLE) -> None:
    """List every task, with the suites that contain it."""
    from leaderboard.api import Leaderboard

    catalogue = Leaderboard().catalogue()
    tasks_in_order = sorted(catalogue.tasks.values(), key=lambda task: (task.axis.place, task.name))
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
        for task in tasks_in_order
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
def show_task(
    name: Annotated[str, typer.Argument(help="Name of a task, or path of a task file.", metavar="NAME")],
) -> None:
    """Print the definition of a task, without defaults."""
    import yaml

    from leaderboard.api import Leaderboard

    task = Leaderboard().catalogue().task(name)
    definition = task.model_dump(mode="json", exclude_defaults=True)
    echo(yaml.safe_dump(definition, sort_keys=False, allow_unicode=True, width=100), nl=False)


@tasks.command("validate")
def validate_tasks(
    paths: Annotated[
        list[str], typer.Argument(help="Files of tasks or suites, or names of tasks.", metavar="PATH|NAME...")
    ],
    *,
    data: Annotated[
        bool,
        typer.Option("--data/--no-data", help="Read every split and report its rows, classes, and first ten errors."),
    ] = True,
    offline: Annotated[bool, typer.Option("--offline", help="Do not use the network.")] = False,
) -> None:
    """Check task files and their data: keys, protocol, metrics, references to other tasks, and every row.

    For a suite it lists the tasks, including derived ones, and the axes for which no task can be derived.

    Exit status 2 for an error; data that cannot be reached is reported and not checked.
    """
    offline = set_offline(offline=offline)

    from leaderboard.api import Leaderboard

    checks = Leaderboard().check_tasks(paths, data=data, offline=offline, progress=_print_check)
    problems = dict.fromkeys(problem for check in checks for problem in check.problems)
    if problems:
        raise RequestError("\n".join(problems))


def _print_check(check: "FileCheck") -> None:
    if check.readable:
        state = "the data has mistakes" if check.problems else "OK"
        echo("\n".join([f"{check.path}: {state}", *(f"  {line}" for line in check.lines)]))


def _readable(frame: "pd.DataFrame") -> "pd.DataFrame":
    columns = frame[["task", "axis", "suites", "description"]]
    return columns.assign(suites=[", ".join(names) for names in frame["suites"]])
