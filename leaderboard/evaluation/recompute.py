"""Recompute: estimates again from stored observations, without the model."""

from collections.abc import Iterator, Sequence

from pydantic import ValidationError

from leaderboard.axes.protocol import Observation
from leaderboard.errors import LeaderboardError
from leaderboard.evaluation.runner import Measured, estimate_records, task_record
from leaderboard.invalid import explain
from leaderboard.stats.estimate import Status
from leaderboard.store.records import EstimateRecord, StoredEvaluation, TaskRecord
from leaderboard.store.repository import Store
from leaderboard.tasks import Catalogue, Task, protocol_of


def recompute(store: Store, catalogue: Catalogue) -> Iterator[tuple[StoredEvaluation, str]]:
    """Estimate every measured evaluation again from what was seen.

    A task that is still what it was is taken from the catalogue, where its metrics and anchors may have changed; any
    other as it was when it was measured.

    Yields:
        Each evaluation with an empty text, or with the reason why its old estimates were kept.

    Raises:
        LeaderboardError: when the store cannot be written to; what was estimated until then is in it.
    """
    for evaluation in store.evaluations():
        if evaluation.status is not Status.MEASURED:
            continue
        seen = [Observation(each.example_id, each.data) for each in store.observations_of(evaluation.identity)]
        try:
            task, records = _estimated(catalogue, evaluation, seen)
        except LeaderboardError as error:
            yield evaluation, str(error)
            continue
        store.replace_estimates(evaluation.identity, records, task=task)
        yield evaluation, ""


def _estimated(
    catalogue: Catalogue, evaluation: StoredEvaluation, seen: Sequence[Observation]
) -> tuple[TaskRecord, list[EstimateRecord]]:
    """The task that an evaluation is of, and its estimates from what was seen."""
    if not seen:
        raise LeaderboardError("what was seen is not in this store; a document that it came from left it out")
    known = catalogue.tasks.get(evaluation.task.name)
    if known is None or catalogue.digest(known) != evaluation.task.identity:
        known = _as_measured(evaluation)
    protocol = protocol_of(known)
    if protocol.version != evaluation.task.protocol_version:
        raise LeaderboardError(
            f"it was observed by version {evaluation.task.protocol_version} of protocol '{known.protocol}', "
            f"which is at version {protocol.version} now; run it again"
        )
    measured = Measured(Status.MEASURED, "", protocol.estimate(seen), list(seen))
    task = task_record(known, evaluation.task.identity, protocol.version)
    return task, estimate_records(known.metrics, measured, protocol.reported)


def _as_measured(evaluation: StoredEvaluation) -> Task:
    """The task as its file was then, which need not be one that this program reads."""
    try:
        return Task.model_validate(dict(evaluation.task.definition))
    except ValidationError as error:
        where = f"task '{evaluation.task.name}', as it was measured"
        raise LeaderboardError(explain(error, Task, where=where).splitlines()[0]) from None
