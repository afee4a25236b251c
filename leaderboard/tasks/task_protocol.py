"""Protocol of a task, and the checks of a task against it."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from leaderboard.axes.accuracy.evaluate_modules.settings import is_module
from leaderboard.axes.catalogue import metric
from leaderboard.axes.metric import Better, Metric
from leaderboard.axes.protocol import Parameters, Protocol, protocols
from leaderboard.errors import RequestError, unknown_name
from leaderboard.invalid import explain
from leaderboard.tasks.evaluate_metrics import raw_parameters, with_modules
from leaderboard.tasks.task import Anchors, Task


def protocol_of(task: Task, *, where: str = "") -> Protocol[Parameters]:
    """Return the task's protocol with its parameters, and check the task against it.

    Raises:
        RequestError: for an unknown protocol, axis, metric or parameter.
    """
    place = where or task.name
    kind = protocols.get(task.protocol, where=place)
    if kind.axis is not task.axis:
        raise RequestError(f"{place}: protocol '{task.protocol}' belongs to the {kind.axis} axis, not to {task.axis}")
    offered = {metric.name for metric in kind.metrics}
    raw = raw_parameters(task, kind, where=place)
    for name in [*task.metrics, *task.anchors]:
        if is_module(name):
            continue
        metric(name, where=place)
        if name not in offered:
            raise unknown_name(
                f"metric of protocol '{task.protocol}'", name, offered, where=place, see="leaderboard metrics"
            )
    for name, anchors in task.anchors.items():
        _check_anchors(metric(name), anchors, where=f"{place}: anchors.{name}")
    parameters = _parameters(kind, raw, where=place, prefix="parameters.")
    if task.search_parameters:
        _parameters(kind, {**raw, **task.search_parameters}, where=place, prefix="search_parameters.")
    return kind(with_modules(task, parameters, where=place))


def _check_anchors(metric: Metric, anchors: Anchors, *, where: str) -> None:
    """Check that anchors have the direction of their metric and lie within its bounds."""
    low, high = metric.bounds
    if outside := [value for value in (anchors.worst, anchors.best) if not low <= value <= high]:
        raise RequestError(
            f"{where}: {outside[0]:g} is no value of '{metric.name}', which is between {low:g} and {high:g}"
        )
    if metric.better is not Better.TARGET and (anchors.worst < anchors.best) != (metric.better is Better.HIGHER):
        raise RequestError(
            f"{where}: worst is {anchors.worst:g} and best is {anchors.best:g}, but {metric.better} is better"
        )


def _parameters(kind: type[Protocol[Any]], settings: Mapping[str, Any], *, where: str, prefix: str) -> Parameters:
    try:
        return kind.parameters_type.model_validate(dict(settings))
    except ValidationError as error:
        raise RequestError(explain(error, kind.parameters_type, where=where, prefix=prefix)) from None
