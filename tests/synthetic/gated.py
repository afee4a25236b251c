"""Made-up results of subjects for tests of gates: estimates alone, no store."""

from collections.abc import Mapping
from dataclasses import replace

from leaderboard.axes.catalogue import METRICS
from leaderboard.stats.estimate import Estimate
from leaderboard.store.records import EstimateRecord
from leaderboard.store.results import EvaluationResult, SubjectResults
from leaderboard.tasks import default_catalogue, protocol_of
from tests.synthetic.records import NOON, environment_record, evaluation_record


def results(
    name: str, tasks: Mapping[str, Mapping[str, Estimate]], *, version: int = 1, threads: int = 2
) -> SubjectResults:
    """A subject with these estimates, by task and metric; nothing is known of single examples."""
    catalogue = default_catalogue().tasks
    evaluations = []
    for task, estimates in tasks.items():
        task_config = catalogue[task]
        made_up = evaluation_record(name, task, axis=task_config.axis, definition=task_config.model_dump(mode="json"))
        protocol = protocol_of(task_config).version
        record = replace(made_up.task, version=version, protocol=task_config.protocol, protocol_version=protocol)
        if version > 1:
            record = replace(record, identity="f" * 64)
        evaluations.append(
            EvaluationResult(
                evaluation=made_up.identity,
                task=record,
                environment=environment_record(threads=threads),
                seed=0,
                limit=None,
                status=made_up.status,
                reason="",
                started_at=NOON,
                duration_s=1.0,
                estimates=tuple(EstimateRecord(METRICS[metric], each) for metric, each in estimates.items()),
                observe=tuple,
            )
        )
    return SubjectResults(
        identity=made_up.subject.identity,
        name=name,
        label=name,
        model=made_up.model,
        recipe=made_up.recipe,
        evaluations=tuple(evaluations),
    )


def measured(value: float, half: float, n: int = 400) -> Estimate:
    """A value with an interval that reaches as far to either side."""
    return Estimate.measured(value, (value - half, value + half), n=n, method="normal 95 %")


def exact(value: float) -> Estimate:
    """A count."""
    return Estimate.measured(value, None, n=1, method="exact count")
