"""Request: what a run was asked to measure, names checked before anything heavy is imported."""

from collections.abc import Sequence
from dataclasses import dataclass

from leaderboard.axes.metric import Axis
from leaderboard.errors import RequestError
from leaderboard.tasks import Catalogue, Task

DEFAULT_SUITE = "core"


@dataclass(frozen=True)
class Request:
    """What a run was asked for, names checked.

    Attributes:
        tasks: what is measured.
        adapt_to: the task that subjects are adapted to where a task asks for none.
    """

    tasks: tuple[Task, ...]
    adapt_to: Task


def request(
    catalogue: Catalogue, *, suite: str | None = None, tasks: Sequence[str] = (), axes: Sequence[Axis] = ()
) -> Request:
    """The tasks that names stand for: those named, or those of a suite, on all axes or on the ones named.

    Raises:
        RequestError: for an unknown name, or flags that contradict each other.
    """
    if tasks and (suite or axes):
        raise RequestError("--task names the tasks by itself; it goes with neither --suite nor --axis")
    chosen = catalogue.suite(suite or DEFAULT_SUITE)
    names = list(dict.fromkeys(tasks or chosen.tasks))
    found = tuple(catalogue.task(name) for name in names)
    wanted = tuple(task for task in found if not axes or task.axis in axes)
    if not wanted:
        raise RequestError(f"suite '{chosen.name}' has no task on {', '.join(axes)}\n  Its tasks: {', '.join(names)}")
    return Request(wanted, catalogue.task(chosen.adapt_to))
