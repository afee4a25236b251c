"""Task requests: which tasks a run measures, validated before anything heavy is imported."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from leaderboard.axes.axis import Axis
from leaderboard.axes.protocol import protocols
from leaderboard.errors import RequestError
from leaderboard.evaluation.harness_tasks import (
    PREFIX,
    PROTOCOLS,
    HarnessOptions,
    load_harness_tasks,
    resolve_harness_task,
)
from leaderboard.tasks import Catalogue, Suite, Task
from leaderboard.tasks.recorded import suite_note

DEFAULT_SUITE = "core"
KEEP_TEXTS = "keep_texts"
"""Parameter of protocols that leave out texts which may have personal data in them."""


@dataclass(frozen=True)
class TaskRequest:
    """Validated tasks of a run.

    Attributes:
        tasks: Tasks to measure.
        adapt_to: Task that subjects are adapted to where a task names none.
        named: Whether the tasks were named one by one; `adapt_to` is then that of the default suite, and a task without
            a subject of its own prefers the subject of another task.
        suite: Suite of the tasks; None where they were named.
    """

    tasks: tuple[Task, ...]
    adapt_to: Task
    named: bool = False
    suite: Suite | None = None

    def notes(self, catalogue: Catalogue) -> dict[str, Any]:
        """Return what a run records in addition to its options: a custom suite."""
        return suite_note(catalogue, self.suite) if self.suite else {}


def task_request(
    catalogue: Catalogue,
    *,
    suite: str | None = None,
    tasks: Sequence[str] = (),
    axes: Sequence[Axis] = (),
    options: HarnessOptions | None = None,
) -> TaskRequest:
    """Resolve the names of tasks, or of a suite and axes, to tasks.

    Args:
        catalogue: Tasks and suites.
        suite: Name of a suite or path of its file, where no task is named.
        tasks: names, files, or `lm_eval:NAME`.
        axes: Axes of a suite; none for all.
        options: Options of tasks of lm-evaluation-harness.

    Raises:
        RequestError: For an unknown name, or conflicting options.
        SourceUnavailableError: when the data of a task of lm-evaluation-harness cannot be reached.
    """
    options = options or HarnessOptions()
    if tasks and (suite or axes):
        raise RequestError("--task cannot be combined with --suite or --axis")
    if options.used_option and not any(name.startswith(PREFIX) for name in tasks):
        raise RequestError(
            f"{options.used_option} is an option of tasks of lm-evaluation-harness; add one with --task {PREFIX}NAME"
        )
    chosen_suite = catalogue.suite(suite or DEFAULT_SUITE)
    names = list(dict.fromkeys(tasks or chosen_suite.tasks))
    all_tasks = tuple(task for name in names for task in _tasks_of(catalogue, name, options))
    selected = tuple(task for task in all_tasks if not axes or task.axis in axes)
    if not selected:
        raise RequestError(
            f"suite '{chosen_suite.name}' has no task on {', '.join(axes)}\n  Its tasks: {', '.join(names)}"
        )
    return TaskRequest(
        selected,
        catalogue.task(chosen_suite.adapt_to),
        named=bool(tasks),
        suite=None if tasks else chosen_suite,
    )


def keeping_texts(request: TaskRequest) -> TaskRequest:
    """Return a request whose tasks keep the texts that models write about persons, where their protocol can.

    Raises:
        RequestError: when no task of the request leaves texts out.
    """
    can_keep = [KEEP_TEXTS in protocols.get(task.protocol).parameters_type.model_fields for task in request.tasks]
    if not any(can_keep):
        raise RequestError("--keep-texts is an option of tasks that leave texts out, such as personal_data")
    tasks = (
        task.with_parameters(**{KEEP_TEXTS: True}) if can else task
        for task, can in zip(request.tasks, can_keep, strict=True)
    )
    return replace(request, tasks=tuple(tasks))


def _tasks_of(catalogue: Catalogue, name: str, options: HarnessOptions) -> list[Task]:
    if name.startswith(PREFIX):
        return load_harness_tasks(name, options)
    task = catalogue.task(name)
    return [resolve_harness_task(task, options) if task.protocol in PROTOCOLS.values() else task]
