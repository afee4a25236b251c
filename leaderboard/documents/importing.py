"""Import of result documents into a store: new results are stored, existing ones stay, conflicts are reported."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from leaderboard.documents.agreement import agree, every_digit
from leaderboard.documents.reading import ReadDocument, read_document
from leaderboard.stats.estimate import Status
from leaderboard.store.errors import NotStorableError
from leaderboard.store.existing_records import ExistingSubject, RecordLookup, add_observations, existing_subjects
from leaderboard.store.inserts import NewEvaluation
from leaderboard.store.provenance import import_arguments
from leaderboard.store.records import EvaluationRecord, RunStatus, SubjectRecord, TaskRecord
from leaderboard.store.repository import Store
from leaderboard.store.results import EvaluationResult, SubjectResults, existing_evaluations

_BATCH_SIZE = 100
"""Evaluations that are written in one transaction, which takes a fraction of a second."""
_DIFFERENT_SUBJECT = "the subject with this identity has another model or recipe in this store; not imported"


class ImportStatus(StrEnum):
    """Result of importing an evaluation; COMPLETED: observations were added to stored estimates."""

    NEW = "new"
    COMPLETED = "completed"
    STORED = "already stored"
    CONFLICT = "in conflict"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedEvaluation:
    """An evaluation of a document that was imported, or was not.

    Attributes:
        subject: label of the subject in the document.
        task: name of the task.
        status: what happened to the evaluation.
        note: explanation for the user; empty where nothing needs one.
    """

    subject: str
    task: str
    status: ImportStatus
    note: str = ""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The result of importing one document.

    Attributes:
        path: path of the document.
        remarks: a sentence for each metric whose values are kept without counting, or not kept at all.
        evaluations: the result for each evaluation.
        unchecked: number of evaluations whose numbers could not be recomputed from observations.
    """

    path: Path
    remarks: tuple[str, ...]
    evaluations: tuple[ImportedEvaluation, ...]
    unchecked: int

    @property
    def counts(self) -> Counter[ImportStatus]:
        """Number of evaluations by status."""
        return Counter(each.status for each in self.evaluations)

    @property
    def summary(self) -> str:
        """Number of evaluations by status, in one line."""
        counts = self.counts
        shown = (status for status in ImportStatus if counts[status] or status is ImportStatus.NEW)
        return f"{', '.join(f'{counts[status]} {status}' for status in shown)} (of {counts.total()} evaluations)"


def import_files(open_store: Callable[[], Store], paths: Iterable[Path]) -> Iterator[ImportReport]:
    """Import result documents into a store, one after the other; all are read before anything is stored.

    Args:
        open_store: opens the store, once every document was read.
        paths: paths of the documents.

    Yields:
        The result for each document, once it is stored.

    Raises:
        RequestError: for a file that is not a result document.
    """
    documents = {path: read_document(path) for path in paths}
    store = open_store()
    for path, document in documents.items():
        evaluations = tuple(import_document(store, document))
        yield ImportReport(path, tuple(document.remarks), evaluations, document.unchecked)


def import_document(store: Store, document: ReadDocument) -> Iterator[ImportedEvaluation]:
    """Import the evaluations of a document into a store, in batches of one transaction each.

    An evaluation that the store has stays as it is; missing observations are added. One that failed in the store is
    replaced, as in a run. Importing again changes nothing.

    Args:
        store: the store to import into.
        document: the document.

    Yields:
        The status of each evaluation once it is stored; within a batch, new ones come first.

    Raises:
        LeaderboardError: when the database refuses something; evaluations that were yielded before are stored.
    """
    subjects = existing_subjects(store, [subject.identity for subject in document.results])
    evaluations = [each.evaluation for subject in document.results for each in subject.evaluations]
    stored = existing_evaluations(store, evaluations)
    with _recording(store, document) as recorder:
        for batch in _batches(document.results, subjects):
            new = [each for each in batch if each.agrees and _is_new(stored.get(each.result.evaluation), each.result)]
            for recorded in recorder.recorded(new):
                for each, (status, note) in recorded:
                    yield ImportedEvaluation(
                        subject=each.subject.label, task=each.result.task.name, status=status, note=note
                    )
            for each in batch:
                existing = stored.get(each.result.evaluation)
                if not each.agrees:
                    status, note = ImportStatus.CONFLICT, _DIFFERENT_SUBJECT
                elif existing is not None and not _is_new(existing, each.result):
                    status, note = _merge(store, existing, each.result)
                else:
                    continue
                yield ImportedEvaluation(
                    subject=each.subject.label, task=each.result.task.name, status=status, note=note
                )


@dataclass(frozen=True, slots=True)
class _Incoming:
    """An evaluation of a document with its subject.

    Attributes:
        subject: results of the subject in the document.
        named: record of the subject with its name in the store.
        agrees: whether the store has no other model or recipe under this identity.
        result: the evaluation.
    """

    subject: SubjectResults
    named: SubjectRecord
    agrees: bool
    result: EvaluationResult


def _batches(results: Sequence[SubjectResults], subjects: Mapping[str, ExistingSubject]) -> Iterator[list[_Incoming]]:
    """Yield the evaluations of all subjects in batches."""
    batch: list[_Incoming] = []
    for subject in results:
        existing = subjects.get(subject.identity)
        named = existing.record if existing else SubjectRecord(identity=subject.identity, name=subject.name)
        agrees = existing is None or existing.agrees(subject)
        for each in subject.evaluations:
            batch.append(_Incoming(subject, named, agrees, each))
            if len(batch) == _BATCH_SIZE:
                yield batch
                batch = []
    yield batch


class _Recorder:
    """Records new evaluations, under one run for each call that measured them."""

    def __init__(self, store: Store, document: ReadDocument) -> None:
        self._store = store
        self._document = document
        self._known = RecordLookup(store)
        self.runs: dict[str, int] = {}

    def recorded(self, new: Sequence[_Incoming]) -> Iterator[list[tuple[_Incoming, tuple[ImportStatus, str]]]]:
        """Store evaluations in one transaction or, where one of them is refused, those before it.

        Yields:
            Evaluations with their status, once they are stored.

        Raises:
            LeaderboardError: for the first evaluation that the database refuses.
        """
        records = [self._record(each) for each in new]
        try:
            kept = self._store.record_all(records)
        except NotStorableError:
            for each, record in zip(new, records, strict=True):
                yield self._statuses([each], [record], self._store.record_all([record]))
            return
        yield self._statuses(new, records, kept)

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
        observations = tuple((observation.example_id, observation.data) for observation in evaluation.observe())
        return NewEvaluation(self._run_of(evaluation), record, evaluation.estimates, observations)

    def _statuses(
        self, new: Sequence[_Incoming], records: Sequence[NewEvaluation], kept: Sequence[bool]
    ) -> list[tuple[_Incoming, tuple[ImportStatus, str]]]:
        return [
            (each, self._status(each.result.task, record.evaluation.task, kept=is_kept))
            for each, record, is_kept in zip(new, records, kept, strict=True)
        ]

    def _status(self, imported: TaskRecord, stored: TaskRecord, *, kept: bool) -> tuple[ImportStatus, str]:
        if not kept:
            return ImportStatus.CONFLICT, "this store has another result with this identity; not imported"
        if stored != imported:
            return ImportStatus.NEW, f"the file of task '{stored.name}' differs in this store, whose definition counts"
        return ImportStatus.NEW, ""

    def _run_of(self, evaluation: EvaluationResult) -> int:
        call = json.dumps(evaluation.arguments, sort_keys=True)
        if call not in self.runs:
            document = self._document
            arguments = import_arguments(evaluation.arguments, digest=document.file_digest, file=document.file)
            self.runs[call] = self._store.start_run(arguments, self._known.of(evaluation.environment))
        return self.runs[call]


@contextmanager
def _recording(store: Store, document: ReadDocument) -> Iterator[_Recorder]:
    recorder, status = _Recorder(store, document), RunStatus.FAILED
    try:
        yield recorder
        status = RunStatus.FINISHED
    finally:
        for run_id in recorder.runs.values():
            store.end_run(run_id, status)


def _is_new(stored: EvaluationResult | None, evaluation: EvaluationResult) -> bool:
    """Whether the store has no result of this evaluation, or only a failure, which any other result replaces."""
    return stored is None or (stored.status is Status.FAILED and evaluation.status is not Status.FAILED)


def _merge(store: Store, stored: EvaluationResult, evaluation: EvaluationResult) -> tuple[ImportStatus, str]:
    if disagreement := _disagreement(stored, evaluation):
        return ImportStatus.CONFLICT, f"{disagreement}; not imported"
    if add_observations(store, evaluation.evaluation, evaluation.observe()):
        return ImportStatus.COMPLETED, ""
    return ImportStatus.STORED, ""


def _disagreement(stored: EvaluationResult, imported: EvaluationResult) -> str:
    """Return the difference between two evaluations with one identity; empty when their common values are equal."""
    if stored.status is not imported.status:
        here, there = (each.status.replace("_", " ") for each in (stored, imported))
        return f"it is {here} in this store and {there} in the document"
    estimates = {(each.metric.name, each.part): each.estimate for each in stored.estimates}
    for each in imported.estimates:
        name, estimate = (each.metric.name, each.part), estimates.get((each.metric.name, each.part))
        if estimate is not None and not agree(estimate, each.estimate):
            here, there = every_digit(estimate), every_digit(each.estimate)
            return f"{':'.join(filter(None, name))} is {here} in this store and {there} in the document"
    return ""
