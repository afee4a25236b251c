"""A document's results enter a store: what is new is kept, what is there stays, and what disagrees is told."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from leaderboard.documents.reading import ReadDocument
from leaderboard.stats.estimate import Estimate, Status
from leaderboard.store.failures import NotStorableError
from leaderboard.store.incoming import KnownRecords, KnownSubject, add_observations, known_subjects
from leaderboard.store.inserting import NewEvaluation
from leaderboard.store.provenance import imported
from leaderboard.store.records import EvaluationRecord, RunStatus, SubjectRecord, TaskRecord
from leaderboard.store.repository import Store
from leaderboard.store.results import EvaluationResult, SubjectResults, known_evaluations

_ROUNDING = 1e-9
"""Machines of one kind differ in the last digits of a float; that is no other result."""
_AT_ONCE = 100
"""Evaluations that are written in one transaction; it is over in a fraction of a second."""
_MADE_OTHERWISE = "the subject of this identity is made of something else here; nothing of it was taken"


class Fate(StrEnum):
    """What became of an evaluation of a document; where its numbers alone were there, what was seen completes it."""

    NEW = "new"
    COMPLETED = "completed"
    THERE = "there already"
    CONFLICT = "in conflict"


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """One evaluation of a document.

    Attributes:
        subject: its label in the document.
        task: its name.
        fate: what became of it.
        note: what a reader has to know; empty when all is as one expects.
    """

    subject: str
    task: str
    fate: Fate
    note: str = ""


def import_document(store: Store, document: ReadDocument) -> Iterator[Imported]:
    """Put the evaluations of a document into a store, some in each transaction.

    One that the store has stays as it is; where only its numbers are there, what was seen is added. One that failed
    here is replaced, as a run would. Importing again changes nothing.

    Args:
        store: where to.
        document: as it was read.

    Yields:
        What became of each evaluation, when it is done; of some at once those that are new come first.

    Raises:
        LeaderboardError: when the database cannot keep something; what was yielded before is kept.
    """
    subjects = known_subjects(store, [subject.identity for subject in document.results])
    evaluations = [each.evaluation for subject in document.results for each in subject.evaluations]
    known = known_evaluations(store, evaluations)
    with _recording(store, document.file_digest) as recorder:
        for some in _batches(document.results, subjects):
            new = [each for each in some if each.agrees and _is_new(known.get(each.result.evaluation), each.result)]
            for those in recorder.recorded(new):
                for each, (fate, note) in those:
                    yield Imported(subject=each.subject.label, task=each.result.task.name, fate=fate, note=note)
            for each in some:
                was = known.get(each.result.evaluation)
                if not each.agrees:
                    fate, note = Fate.CONFLICT, _MADE_OTHERWISE
                elif was is not None and not _is_new(was, each.result):
                    fate, note = _meet(store, was, each.result)
                else:
                    continue
                yield Imported(subject=each.subject.label, task=each.result.task.name, fate=fate, note=note)


@dataclass(frozen=True, slots=True)
class _Incoming:
    """An evaluation of a document, its subject, the name that the subject gets, and whether the store agrees on it."""

    subject: SubjectResults
    named: SubjectRecord
    agrees: bool
    result: EvaluationResult


def _batches(results: Sequence[SubjectResults], known: Mapping[str, KnownSubject]) -> Iterator[list[_Incoming]]:
    """The evaluations of subjects, some at a time."""
    some: list[_Incoming] = []
    for subject in results:
        here = known.get(subject.identity)
        named = here.record if here else SubjectRecord(identity=subject.identity, name=subject.name)
        agrees = here is None or here.agrees(subject)
        for each in subject.evaluations:
            some.append(_Incoming(subject, named, agrees, each))
            if len(some) == _AT_ONCE:
                yield some
                some = []
    yield some


class _Recorder:
    """Records what is new, under one run for each call that measured it: none where nothing is new."""

    def __init__(self, store: Store, file_digest: str) -> None:
        self._store = store
        self._file_digest = file_digest
        self._known = KnownRecords(store)
        self.runs: dict[str, int] = {}

    def recorded(self, new: Sequence[_Incoming]) -> Iterator[list[tuple[_Incoming, tuple[Fate, str]]]]:
        """Keep evaluations in one transaction, or, where one of them cannot be kept, those before it.

        Yields:
            Evaluations with what became of them, once they are kept.

        Raises:
            LeaderboardError: for the first that the database cannot keep.
        """
        records = [self._record(each) for each in new]
        try:
            kept = self._store.record_all(records)
        except NotStorableError:
            for each, record in zip(new, records, strict=True):
                yield self._fates([each], [record], self._store.record_all([record]))
            return
        yield self._fates(new, records, kept)

    def _record(self, incoming: _Incoming) -> NewEvaluation:
        subject, evaluation = incoming.subject, incoming.result
        record = EvaluationRecord(
            identity=evaluation.evaluation,
            model=self._known.of(subject.model),
            recipe=self._known.of(subject.recipe),
            subject=incoming.named,
            task=self._known.of(evaluation.task),
            environment=self._known.of(evaluation.environment),
            seed=evaluation.seed,
            limit=evaluation.limit,
            status=evaluation.status,
            reason=evaluation.reason,
            started_at=evaluation.started_at,
            duration_s=evaluation.duration_s,
            notes=evaluation.notes,
        )
        observations = tuple((seen.example_id, seen.data) for seen in evaluation.observe())
        return NewEvaluation(self._run_of(evaluation), record, evaluation.estimates, observations)

    def _fates(
        self, new: Sequence[_Incoming], records: Sequence[NewEvaluation], kept: Sequence[bool]
    ) -> list[tuple[_Incoming, tuple[Fate, str]]]:
        return [
            (each, self._fate(each.result.task, record.evaluation.task, kept=is_kept))
            for each, record, is_kept in zip(new, records, kept, strict=True)
        ]

    def _fate(self, said: TaskRecord, known: TaskRecord, *, kept: bool) -> tuple[Fate, str]:
        if not kept:
            return Fate.CONFLICT, "something else of this identity is here; kept as it is here"
        if known != said:
            return Fate.NEW, f"the file of task '{known.name}' says something else here; this store's counts"
        return Fate.NEW, ""

    def _run_of(self, evaluation: EvaluationResult) -> int:
        asked = json.dumps(evaluation.arguments, sort_keys=True)
        if asked not in self.runs:
            arguments = imported(evaluation.arguments, self._file_digest)
            self.runs[asked] = self._store.start_run(arguments, self._known.of(evaluation.environment))
        return self.runs[asked]


@contextmanager
def _recording(store: Store, file_digest: str) -> Iterator[_Recorder]:
    recorder, status = _Recorder(store, file_digest), RunStatus.FAILED
    try:
        yield recorder
        status = RunStatus.FINISHED
    finally:
        for run_id in recorder.runs.values():
            store.end_run(run_id, status)


def _is_new(known: EvaluationResult | None, evaluation: EvaluationResult) -> bool:
    """Whether the store has nothing of it, or a failure, which anything else replaces."""
    return known is None or (known.status is Status.FAILED and evaluation.status is not Status.FAILED)


def _meet(store: Store, known: EvaluationResult, evaluation: EvaluationResult) -> tuple[Fate, str]:
    if why := _disagreement(known, evaluation):
        return Fate.CONFLICT, f"{why}; kept as it is here"
    if add_observations(store, evaluation.evaluation, evaluation.observe()):
        return Fate.COMPLETED, ""
    return Fate.THERE, ""


def _disagreement(here: EvaluationResult, there: EvaluationResult) -> str:
    """What two evaluations of one identity say differently; empty when their common numbers are the same."""
    if here.status is not there.status:
        return f"it is {here.status.replace('_', ' ')} here and {there.status.replace('_', ' ')} in the document"
    known = {(each.metric.name, each.part): each.estimate for each in here.estimates}
    for each in there.estimates:
        name, estimate = (each.metric.name, each.part), known.get((each.metric.name, each.part))
        if estimate is not None and not _same(estimate, each.estimate):
            return (
                f"{':'.join(filter(None, name))} is {_told(estimate)} here and {_told(each.estimate)} in the document"
            )
    return ""


def _same(first: Estimate, second: Estimate) -> bool:
    if (first.status, first.n) != (second.status, second.n):
        return False
    pairs = ((first.value, second.value), (first.low, second.low), (first.high, second.high))
    return all(
        one is other
        or (one is not None and other is not None and math.isclose(one, other, rel_tol=_ROUNDING, abs_tol=_ROUNDING))
        for one, other in pairs
    )


def _told(estimate: Estimate) -> str:
    """Every digit, since two that look alike would not explain a conflict."""
    if estimate.value is None:
        return estimate.status.replace("_", " ")
    interval = "" if estimate.low is None else f" [{estimate.low}, {estimate.high}]"
    return f"{estimate.value}{interval} (n = {estimate.n})"
