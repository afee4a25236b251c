"""Metrics that a document declares: those of the catalogue, and modules of `evaluate` as their tasks set them."""

from collections.abc import Iterable, Mapping

from leaderboard.axes.catalogue import METRICS
from leaderboard.axes.metric import Metric
from leaderboard.errors import LeaderboardError
from leaderboard.store.records import TaskRecord
from leaderboard.store.results import EvaluationResult
from leaderboard.store.stored_protocols import stored_protocol


def declared_metrics(evaluations: Iterable[EvaluationResult]) -> Mapping[str, Metric]:
    """Return the metrics of evaluations by name, without those that nothing declares.

    Two tasks that set another direction or range for a module of one name leave it undeclared.
    """
    names = {record.metric.name for each in evaluations for record in each.estimates}
    metrics = {name: METRICS[name] for name in names if name in METRICS}
    if metrics.keys() == names:
        return metrics
    of_tasks = {metric for task in _tasks(evaluations) for metric in _task_metrics(task) if metric.name in names}
    by_name: dict[str, list[Metric]] = {}
    for metric in of_tasks:
        by_name.setdefault(metric.name, []).append(metric)
    return metrics | {name: same[0] for name, same in by_name.items() if len(same) == 1}


def _tasks(evaluations: Iterable[EvaluationResult]) -> list[TaskRecord]:
    return list({each.task.identity: each.task for each in evaluations}.values())


def _task_metrics(task: TaskRecord) -> tuple[Metric, ...]:
    """Return the metrics that only the parameters of a task declare; none of a task that is unreadable here."""
    try:
        return stored_protocol(task).protocol.task_metrics
    except LeaderboardError:
        return ()
