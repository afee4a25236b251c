"""Metrics `evaluate:…` of a task: their settings among its parameters, and what a task may say of them."""

from collections.abc import Mapping
from typing import Any

from leaderboard.axes.accuracy import EVALUATE_SCORE
from leaderboard.axes.accuracy.evaluate_modules.settings import PREFIX, ModuleParameters, is_module, task_modules
from leaderboard.axes.protocol import Parameters, Protocol
from leaderboard.errors import RequestError
from leaderboard.tasks.task import Task


def raw_parameters(task: Task, kind: type[Protocol[Any]], *, where: str) -> dict[str, Any]:
    """Return the parameters of a task, not validated yet, with an entry for each of its modules.

    Raises:
        RequestError: for modules in a task whose protocol has no predictions with references, as headline, or with
            anchors.
    """
    modules = [metric for metric in task.metrics if is_module(metric)]
    if modules and not issubclass(kind.parameters_type, ModuleParameters):
        raise RequestError(
            f"{where}: metrics: '{modules[0]}': protocol '{task.protocol}' has no predictions with references that a "
            "module of `evaluate` could score\n  Protocols that have: classification, generation"
        )
    if task.headline is not None and is_module(task.headline):
        raise RequestError(
            f"{where}: headline: '{task.headline}' has no place among other tasks\n"
            f"  Write `headline: {EVALUATE_SCORE.name}`, add {EVALUATE_SCORE.name} to `metrics`, and say `worst` and "
            f"`best` in `parameters.evaluate.{task.headline.removeprefix(PREFIX)}`"
        )
    if anchored := [name for name in task.anchors if is_module(name)]:
        module = anchored[0].removeprefix(PREFIX)
        raise RequestError(
            f"{where}: anchors.{anchored[0]}: write `worst` and `best` in `parameters.evaluate.{module}` instead"
        )
    if EVALUATE_SCORE.name in task.metrics and len(modules) != 1:
        raise RequestError(
            f"{where}: metrics: {EVALUATE_SCORE.name} is the score of one metric `{PREFIX}NAME`, and the task has "
            f"{len(modules) or 'none'}"
        )
    settings = task.parameters.get("evaluate", {})
    if not modules or not isinstance(settings, Mapping):
        return task.parameters
    entries: dict[str, Any] = {name.removeprefix(PREFIX): {} for name in modules}
    return {**task.parameters, "evaluate": {**entries, **settings}}


def with_modules(task: Task, parameters: Parameters, *, where: str) -> Parameters:
    """Return validated parameters with the modules in the order of the task, and what is known of common ones.

    Raises:
        RequestError: for settings of a module that is no metric of the task, or one without a direction.
    """
    if not isinstance(parameters, ModuleParameters) or not parameters.evaluate:
        return parameters
    modules = task_modules(task.metrics, parameters.evaluate)
    if others := [name for name in parameters.evaluate if name not in modules]:
        raise RequestError(f"{where}: parameters.evaluate.{others[0]}: '{PREFIX}{others[0]}' is not among `metrics`")
    for name, settings in modules.items():
        if settings.worst is None:
            raise RequestError(
                f"{where}: metrics: '{PREFIX}{name}': the task does not say whether higher or lower is better\n"
                f"  Add its worst and best value, for instance `parameters: {{evaluate: {{{name}: "
                "{worst: 0, best: 1}}}`"
            )
    return parameters.model_copy(update={"evaluate": modules})
