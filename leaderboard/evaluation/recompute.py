"""Recompute: estimates again from stored observations, without the model."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from pydantic import ValidationError

from leaderboard.axes.protocol import Observation, Parameters, Protocol
from leaderboard.errors import LeaderboardError
from leaderboard.evaluation.runner import Measured, estimate_records, task_record
from leaderboard.invalid import explain
from leaderboard.stats.estimate import Status
from leaderboard.store.failures import NotStorableError
from leaderboard.store.records import EstimateRecord, StoredEvaluation, TaskRecord
from leaderboard.store.repository import Store
from leaderboard.tasks import Catalogue, Task, protocol_of

_EVALUATIONS_AT_ONCE = 50
"""Evaluations that are written in one transaction; a recomputation that is stopped does these again."""
_EXAMPLES_AT_ONCE = 20_000
"""Examples of a batch of evaluations, unless one evaluation alone has more."""


def recompute(store: Store, catalogue: Catalogue) -> Iterator[tuple[StoredEvaluation, str]]:
    """Estimate every measured evaluation again from what was seen.

    A task that is still what it was is taken from the catalogue, where its metrics and anchors may have changed; any
    other as it was when it was measured.

    Yields:
        Each evaluation with an empty text, or with the reason why its old estimates were kept.

    Raises:
        LeaderboardError: when the store cannot be written to; what was estimated until then is in it.
    """
    tasks = _Tasks(catalogue)
    for some in _batches(store):
        seen = store.observations_of_all([each.identity for each, count in some if count])
        numbers: dict[str, tuple[list[EstimateRecord], TaskRecord]] = {}
        reasons = []
        for evaluation, _ in some:
            observations = [Observation(each.example_id, each.data) for each in seen.pop(evaluation.identity, ())]
            try:
                task, records = _estimated(tasks, evaluation, observations)
            except LeaderboardError as error:
                reasons.append(str(error))
                continue
            numbers[evaluation.identity] = records, task
            reasons.append("")
        refused = _replace(store, numbers)
        for (evaluation, _), reason in zip(some, reasons, strict=True):
            yield evaluation, reason or refused.get(evaluation.identity, "")


def _replace(store: Store, numbers: Mapping[str, tuple[Sequence[EstimateRecord], TaskRecord]]) -> dict[str, str]:
    """Keep new numbers, all at once where all can be; why some cannot be, by the identity of the evaluation."""
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
    """The measured evaluations with the number of examples seen, some at a time."""
    counts = store.observation_counts()
    some: list[tuple[StoredEvaluation, int]] = []
    for evaluation in store.evaluations():
        if evaluation.status is not Status.MEASURED:
            continue
        count = counts.get(evaluation.identity, 0)
        if some and (len(some) == _EVALUATIONS_AT_ONCE or sum(each for _, each in some) + count > _EXAMPLES_AT_ONCE):
            yield some
            some = []
        some.append((evaluation, count))
    if some:
        yield some


class _Tasks:
    """The tasks that stored evaluations are of, each found and checked once."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._digests = cache(lambda name: catalogue.digest(catalogue.tasks[name]))
        self._as_measured: dict[str, Task] = {}
        self._protocols: dict[int, Protocol[Parameters]] = {}

    def of(self, evaluation: StoredEvaluation) -> Task:
        """The task as the catalogue has it where it is still the same, else as it was measured."""
        name, identity = evaluation.task.name, evaluation.task.identity
        if name in self._catalogue.tasks and self._digests(name) == identity:
            return self._catalogue.tasks[name]
        if identity not in self._as_measured:
            self._as_measured[identity] = _as_measured(evaluation)
        return self._as_measured[identity]

    def protocol_of(self, task: Task) -> Protocol[Parameters]:
        """The protocol of a task that `of` gave."""
        if id(task) not in self._protocols:
            self._protocols[id(task)] = protocol_of(task)
        return self._protocols[id(task)]


def _estimated(
    tasks: _Tasks, evaluation: StoredEvaluation, seen: Sequence[Observation]
) -> tuple[TaskRecord, list[EstimateRecord]]:
    """The task that an evaluation is of, and its estimates from what was seen."""
    if not seen:
        raise LeaderboardError("what was seen is not in this store; a document that it came from left it out")
    known = tasks.of(evaluation)
    protocol = tasks.protocol_of(known)
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
