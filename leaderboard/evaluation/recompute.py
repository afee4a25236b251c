"""Recompute: estimates again from stored observations, without the model."""

from collections.abc import Iterator

from leaderboard.axes.protocol import Observation
from leaderboard.errors import LeaderboardError
from leaderboard.evaluation.runner import Measured, estimate_records
from leaderboard.stats.estimate import Status
from leaderboard.store.records import StoredEvaluation
from leaderboard.store.repository import Store
from leaderboard.tasks import Task, protocol_of


def recompute(store: Store) -> Iterator[tuple[StoredEvaluation, str]]:
    """Estimate every measured evaluation again from what was seen, by the task's definition as it was then.

    Yields:
        Each evaluation, with an empty text, or the reason why its old estimates were kept: its protocol has changed
        what it observes since.
    """
    for evaluation in store.evaluations():
        if evaluation.status is not Status.MEASURED:
            continue
        try:
            task = Task.model_validate(dict(evaluation.task.definition))
            protocol = protocol_of(task)
            if protocol.version != evaluation.task.protocol_version:
                raise LeaderboardError(
                    f"observed by version {evaluation.task.protocol_version} of protocol '{task.protocol}', "
                    f"which is at version {protocol.version} now"
                )
            seen = [
                Observation(observation.example_id, observation.data)
                for observation in store.observations_of(evaluation.identity)
            ]
            measured = Measured(Status.MEASURED, "", protocol.estimate(seen), seen)
            store.replace_estimates(evaluation.identity, estimate_records(task.metrics, measured))
        except LeaderboardError as error:
            yield evaluation, str(error)
        else:
            yield evaluation, ""
