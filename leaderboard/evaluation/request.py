"""Request: what a run was asked to measure, names checked before anything heavy is imported."""

from collections.abc import Sequence
from dataclasses import dataclass

from leaderboard.axes.metric import Axis
from leaderboard.errors import RequestError
from leaderboard.evaluation.guests import PREFIX, PROTOCOLS, GuestOptions, guests, pinned
from leaderboard.tasks import Catalogue, Task

DEFAULT_SUITE = "core"


@dataclass(frozen=True)
class Request:
    """What a run was asked for, names checked.

    Attributes:
        tasks: what is measured.
        adapt_to: the task that subjects are adapted to where a task asks for none.
        named: whether the tasks were named one by one; `adapt_to` is then that of the default suite, and a task without
            a subject of its own rather belongs to a subject of the others.
    """

    tasks: tuple[Task, ...]
    adapt_to: Task
    named: bool = False


def request(
    catalogue: Catalogue,
    *,
    suite: str | None = None,
    tasks: Sequence[str] = (),
    axes: Sequence[Axis] = (),
    options: GuestOptions | None = None,
) -> Request:
    """The tasks that names stand for: those named, or those of a suite, on all axes or on the ones named.

    Args:
        catalogue: of our tasks.
        suite: where no task is named.
        tasks: names, files, or `lm_eval:NAME`.
        axes: only these of a suite; none for all.
        options: how tasks of lm-evaluation-harness are asked.

    Raises:
        RequestError: for an unknown name, or flags that contradict each other.
        SourceUnavailableError: when the data of a task of lm-evaluation-harness cannot be reached.
    """
    options = options or GuestOptions()
    if tasks and (suite or axes):
        raise RequestError("--task names the tasks by itself; it goes with neither --suite nor --axis")
    if options.given and not any(name.startswith(PREFIX) for name in tasks):
        raise RequestError(
            f"{options.given} says how tasks of lm-evaluation-harness are asked; name one with --task {PREFIX}NAME"
        )
    chosen = catalogue.suite(suite or DEFAULT_SUITE)
    names = list(dict.fromkeys(tasks or chosen.tasks))
    found = tuple(task for name in names for task in _behind(catalogue, name, options))
    wanted = tuple(task for task in found if not axes or task.axis in axes)
    if not wanted:
        raise RequestError(f"suite '{chosen.name}' has no task on {', '.join(axes)}\n  Its tasks: {', '.join(names)}")
    return Request(wanted, catalogue.task(chosen.adapt_to), named=bool(tasks))


def _behind(catalogue: Catalogue, name: str, options: GuestOptions) -> list[Task]:
    if name.startswith(PREFIX):
        return guests(name, options)
    task = catalogue.task(name)
    return [pinned(task, options) if task.protocol in PROTOCOLS.values() else task]
