"""Estimates recomputed from stored observations, without the model."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from leaderboard.axes.protocol import Observation
from leaderboard.errors import LeaderboardError
from leaderboard.evaluation.runner import Measured, estimate_records, task_record
from leaderboard.stats.estimate import Status
from leaderboard.store.errors import NotStorableError
from leaderboard.store.records import EstimateRecord, StoredEvaluation, TaskRecord
from leaderboard.store.repository import Store
from leaderboard.store.stored_protocols import StoredProtocol, defined_task
from leaderboard.tasks import Catalogue, Task, protocol_of

_EVALUATIONS_AT_ONCE = 50
"""Evaluations that are written in one transaction; a recomputation that is stopped does these again."""
_EXAMPLES_AT_ONCE = 20_000
"""Examples of a batch of evaluations, unless one evaluation alone has more."""


class Recomputed(NamedTuple):
    """A recomputed evaluation.

    Attributes:
        evaluation: The stored evaluation.
        kept_because: Why its old estimates were kept; empty where they are new.
    """

    evaluation: StoredEvaluation
    kept_because: str


def recompute(store: Store, catalogue: Catalogue) -> Iterator[Recomputed]:
    """Recompute the estimates of every measured evaluation from its observations.

    An unchanged task is taken from the catalogue, where its metrics and anchors may have changed; any other as it was
    when it was measured.

    Yields:
        Each evaluation, and why its old estimates were kept where they were.

    Raises:
        LeaderboardError: when the store cannot be written to; what was estimated until then is in it.
    """
    tasks = _Tasks(catalogue)
    for batch in _batches(store):
        stored = store.observations_of_all([each.identity for each, count in batch if count])
        numbers: dict[str, tuple[list[EstimateRecord], TaskRecord]] = {}
        reasons = []
        for evaluation, _ in batch:
            observations = [Observation(each.example_id, each.data) for each in stored.pop(evaluation.identity, ())]
            try:
                task, records = _estimated(tasks, evaluation, observations)
            except LeaderboardError as error:
                reasons.append(str(error))
                continue
            numbers[evaluation.identity] = records, task
            reasons.append("")
        refused = _replace(store, numbers)
        for (evaluation, _), reason in zip(batch, reasons, strict=True):
            yield Recomputed(evaluation, reason or refused.get(evaluation.identity, ""))


def _replace(store: Store, numbers: Mapping[str, tuple[Sequence[EstimateRecord], TaskRecord]]) -> dict[str, str]:
    """Store new estimates in one transaction if possible; return why some cannot be stored, by evaluation."""
    try:
        store.replace_all(numbers)
    except NotStorableError as error:
        if len(numbers) == 1:
            return dict.fromkeys(numbers, str(error))
        refused: dict[str, str] = {}
        for identity, new in numbers.items():
            refused |= _replace(store, {identity: new})
        return refused
    return {}


def _batches(store: Store) -> Iterator[list[tuple[StoredEvaluation, int]]]:
    """Yield batches of measured evaluations with their numbers of observations."""
    counts = store.observation_counts()
    batch: list[tuple[StoredEvaluation, int]] = []
    for evaluation in store.evaluations():
        if evaluation.status is not Status.MEASURED:
            continue
        count = counts.get(evaluation.identity, 0)
        if batch and (len(batch) == _EVALUATIONS_AT_ONCE or sum(each for _, each in batch) + count > _EXAMPLES_AT_ONCE):
            yield batch
            batch = []
        batch.append((evaluation, count))
    if batch:
        yield batch


class _Tasks:
    """Tasks of stored evaluations, each resolved and checked once."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._digests = cache(lambda name: catalogue.digest(catalogue.tasks[name]))
        self._as_measured: dict[str, Task] = {}
        self._protocols: dict[int, StoredProtocol] = {}

    def of(self, evaluation: StoredEvaluation) -> Task:
        """Return the task of the catalogue where it is unchanged, else the task as it was measured."""
        name, identity = evaluation.task.name, evaluation.task.identity
        if name in self._catalogue.tasks and self._digests(name) == identity:
            return self._catalogue.tasks[name]
        if identity not in self._as_measured:
            self._as_measured[identity] = defined_task(evaluation.task)
        return self._as_measured[identity]

    def protocol_of(self, task: Task) -> StoredProtocol:
        """Return the protocol of a task that `of` returned."""
        if id(task) not in self._protocols:
            self._protocols[id(task)] = StoredProtocol(protocol_of(task), task.name)
        return self._protocols[id(task)]


def _estimated(
    tasks: _Tasks, evaluation: StoredEvaluation, observations: Sequence[Observation]
) -> tuple[TaskRecord, list[EstimateRecord]]:
    """Return the task of an evaluation, and its estimates from the observations."""
    if not observations:
        raise LeaderboardError("its observations are not in this store: it was imported from a document without them")
    definition = tasks.of(evaluation)
    protocol = tasks.protocol_of(definition)
    if protocol.version != evaluation.task.protocol_version:
        raise LeaderboardError(
            f"it was observed by version {evaluation.task.protocol_version} of protocol '{definition.protocol}', "
            f"which is at version {protocol.version} now; run it again"
        )
    measured = Measured(Status.MEASURED, "", protocol.estimate(observations), list(observations))
    task = task_record(definition, evaluation.task.identity, protocol.version)
    return task, estimate_records(definition.metrics, measured, protocol.reported)
