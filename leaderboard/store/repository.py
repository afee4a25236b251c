"""Store: what was measured, written in short transactions and read back as plain records."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, Row, Select, delete, func, select, text, update
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    NotSupportedError,
    ProgrammingError,
    StatementError,
)
from sqlalchemy.orm import Session

from leaderboard.clock import now_after
from leaderboard.data.portions import Portion
from leaderboard.errors import RequestError, unknown_name
from leaderboard.stats.estimate import Status
from leaderboard.store.failures import NotStorableError, explained, place
from leaderboard.store.files import StoreFile
from leaderboard.store.inserting import NewEvaluation, UpsertedRows, insert_estimates, insert_evaluations, refuse_twice
from leaderboard.store.records import (
    EnvironmentRecord,
    EstimateRecord,
    EvaluationRecord,
    Health,
    RunStatus,
    StoredEvaluation,
    StoredObservation,
    TaskRecord,
)
from leaderboard.store.schema import revision
from leaderboard.store.subjects import find_subject, subject_labels
from leaderboard.store.tables import (
    Environment,
    EstimateRow,
    Evaluation,
    ObservationRow,
    Run,
    Subject,
    Task,
)
from leaderboard.store.upserts import columns, upserted

_NOT_STORABLE = (IntegrityError, DataError, InterfaceError, NotSupportedError, ProgrammingError)
"""What a database says of values that it cannot hold; anything else it says is about itself."""
_NO_COLUMN_SAYS_IT = (TypeError, ValueError, OverflowError, RecursionError)
"""NaN, an array, an integer beyond 64 bits, a value that contains itself."""


class Store:
    """The results. Made by `open_store`; safe to use from several processes, each with its own."""

    def __init__(self, engine: Engine) -> None:
        """Use a database whose schema is up to date."""
        self._engine = engine
        self._file = StoreFile(engine)
        self._writer = engine.execution_options(writes=True)

    @property
    def url(self) -> str:
        """Where the database is, password and all, for another program to open it: never to be logged or shown."""
        return self._engine.url.render_as_string(hide_password=False)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that sees one state of the database, for the store's own queries."""
        with self._explaining(), Session(self._engine) as session:
            yield session

    @contextmanager
    def writing(self, what: str) -> Iterator[Session]:
        """A transaction for the store's own changes, whole or not at all; `what` is named when it cannot be kept."""
        with self._explaining(), Session(self._writer) as session:
            try:
                with session.begin():
                    yield session
            except _NOT_STORABLE as error:
                raise NotStorableError(f"{what}: cannot be stored: {getattr(error, 'orig', error)}") from error
            except DBAPIError:
                raise
            except (StatementError, *_NO_COLUMN_SAYS_IT) as error:
                raise NotStorableError(f"{what}: cannot be stored: {getattr(error, 'orig', error)}") from error
            self._file.check()

    def start_run(self, arguments: Mapping[str, Any], environment: EnvironmentRecord) -> int:
        """Note that a run begins now; its number."""
        with self.writing("a run") as session:
            run = Run(
                started_at=datetime.now(UTC),
                arguments=dict(arguments),
                environment_id=upserted(session, Environment, columns(environment)),
                status=RunStatus.RUNNING,
            )
            session.add(run)
            session.flush()
            return run.id

    def end_run(self, run_id: int, status: RunStatus) -> None:
        """Note that a run ended now, and how."""
        with self.writing(f"the end of run {run_id}") as session:
            started_at = session.execute(select(Run.started_at).where(Run.id == run_id)).scalar_one()
            ended = {"ended_at": now_after(started_at), "status": status}
            session.execute(update(Run).where(Run.id == run_id).values(**ended))

    def record(
        self,
        run_id: int,
        evaluation: EvaluationRecord,
        estimates: Sequence[EstimateRecord],
        observations: Iterable[tuple[str, Mapping[str, Any]]],
    ) -> bool:
        """Keep an evaluation that ended: all of it or, when interrupted, nothing.

        One that failed before is replaced; otherwise the first to be kept stays, so that two processes that measured
        the same thing never count it twice.

        Args:
            run_id: the run it belongs to.
            evaluation: what was measured on what, where and when.
            estimates: its numbers, no two of the same metric and part.
            observations: (example id, what was seen) in the order of the examples; ids are unique.

        Returns:
            Whether it is kept now; False where one of its identity was there.

        Raises:
            NotStorableError: when something in it cannot be kept: a NaN, an object that JSON has no word for, an
                example or a metric twice.
            StoreLostError: when the database is no longer where it was opened.
        """
        return self.record_all([NewEvaluation(run_id, evaluation, estimates, tuple(observations))])[0]

    def record_all(self, new: Sequence[NewEvaluation]) -> list[bool]:
        """Keep evaluations in one transaction, as `record` keeps one: all of them or, when one cannot be kept, none.

        Returns:
            Whether each is kept now; False where one of its identity was there.

        Raises:
            NotStorableError: when something in one of them cannot be kept.
            StoreLostError: when the database is no longer where it was opened.
        """
        if not new:
            return []
        for each in new:
            each.refuse_twice()
        with self.writing(new[0].label if len(new) == 1 else f"{len(new)} evaluations") as session:
            return insert_evaluations(session, new)

    def replace_estimates(
        self, evaluation_identity: str, estimates: Sequence[EstimateRecord], *, task: TaskRecord | None = None
    ) -> None:
        """Put newly computed numbers of a stored evaluation in the place of the old.

        Args:
            evaluation_identity: which evaluation.
            estimates: all its numbers.
            task: the task as it is now, where its metrics or anchors changed without changing its identity.
        """
        self.replace_all({evaluation_identity: (estimates, task)})

    def replace_all(self, numbers: Mapping[str, tuple[Sequence[EstimateRecord], TaskRecord | None]]) -> None:
        """Put newly computed numbers in the place of the old, in one transaction (see `replace_estimates`).

        Args:
            numbers: by the identity of the evaluation.
        """
        for identity, (estimates, _) in numbers.items():
            refuse_twice(identity, "metric", [(each.metric.name, each.part) for each in estimates])
        if not numbers:
            return
        with self.writing(next(iter(numbers)) if len(numbers) == 1 else f"{len(numbers)} evaluations") as session:
            query = select(Evaluation.identity, Evaluation.id).where(Evaluation.identity.in_(list(numbers)))
            stored = {row.identity: row.id for row in session.execute(query)}
            if absent := next((identity for identity in numbers if identity not in stored), None):
                raise RequestError(f"{place(self._engine)}: has no evaluation {absent}")
            rows = UpsertedRows(session)
            for _, task in numbers.values():
                if task is not None:
                    rows.id_of(Task, task)
            session.execute(delete(EstimateRow).where(EstimateRow.evaluation_id.in_(list(stored.values()))))
            insert_estimates(session, ((stored[name], estimates) for name, (estimates, _) in numbers.items()))

    def name_subject(self, identity: str, name: str) -> None:
        """Give a subject another name for people; nothing happens where it is not in the store."""
        with self.writing(f"the name of {name}") as session:
            session.execute(update(Subject).where(Subject.identity == identity).values(name=name))

    def is_empty(self) -> bool:
        """Whether no evaluation was recorded yet."""
        with self.reading() as session:
            return session.scalar(select(Evaluation.id).limit(1)) is None

    def holds_searches_alone(self) -> bool:
        """Whether all that was recorded is of portions that searches looked at: nothing for a board."""
        with self.reading() as session:
            whole = session.scalar(select(Evaluation.id).where(Evaluation.portion == Portion.WHOLE).limit(1))
        return whole is None and not self.is_empty()

    def evaluation(self, identity: str) -> StoredEvaluation | None:
        """The evaluation of that identity, if it was recorded."""
        with self.reading() as session:
            row = session.execute(_evaluations().where(Evaluation.identity == identity)).one_or_none()
            return None if row is None else _stored(row, subject_labels(session))

    def evaluations(self) -> list[StoredEvaluation]:
        """Every evaluation of every portion, oldest first."""
        with self.reading() as session:
            labels = subject_labels(session)
            rows = session.execute(_evaluations().order_by(Evaluation.started_at, Evaluation.id)).all()
            return [_stored(row, labels) for row in rows]

    def observations_of(self, evaluation_identity: str) -> list[StoredObservation]:
        """What was seen in one evaluation, in the order it was seen."""
        return self.observations_of_all([evaluation_identity])[evaluation_identity]

    def observations_of_all(self, identities: Sequence[str]) -> dict[str, list[StoredObservation]]:
        """What was seen in each evaluation, in the order it was seen."""
        found: dict[str, list[StoredObservation]] = {identity: [] for identity in identities}
        with self.reading() as session:
            rows = session.execute(
                select(Evaluation.identity, ObservationRow.example_id, ObservationRow.data)
                .join(Evaluation, Evaluation.id == ObservationRow.evaluation_id)
                .where(Evaluation.identity.in_(identities))
                .order_by(ObservationRow.evaluation_id, ObservationRow.position)
            )
            for row in rows:
                found[row.identity].append(StoredObservation(row.example_id, row.data))
        return found

    def observation_counts(self) -> dict[str, int]:
        """How many examples were seen in each evaluation, by its identity; those of which none was are left out."""
        with self.reading() as session:
            rows = session.execute(
                select(Evaluation.identity, func.count().label("count"))
                .join(ObservationRow, ObservationRow.evaluation_id == Evaluation.id)
                .group_by(Evaluation.identity)
            ).all()
            return {row[0]: row[1] for row in rows}

    def observations(self, subject: str, task: str) -> list[StoredObservation]:
        """What was seen in the newest measured evaluation of a subject on a whole task (see `newest`)."""
        return self.observations_of(self.newest(subject, task).identity)

    def newest(self, subject: str, task: str) -> StoredEvaluation:
        """The newest measured evaluation of a subject on a whole task.

        Args:
            subject: its name, or the start of its identity.
            task: its name.

        Raises:
            RequestError: for an unknown or ambiguous name, or a pair that was not measured.
        """
        with self.reading() as session:
            subject_id, label = find_subject(session, subject)
            known = set(session.scalars(select(Task.name)))
            if task not in known:
                raise unknown_name("task", task, known, see="leaderboard results")
            rows = session.execute(
                _evaluations()
                .where(Subject.id == subject_id, Task.name == task, Evaluation.portion == Portion.WHOLE)
                .order_by(Evaluation.started_at.desc(), Evaluation.id.desc())
            ).all()
            newest = next((row for row in rows if row.Evaluation.status is Status.MEASURED), None)
            if newest is None:
                why = f": {rows[0].Evaluation.reason}" if rows else ""
                raise RequestError(f"'{label}' was not measured on task '{task}'{why}")
            return _stored(newest, subject_labels(session))

    def health(self) -> Health:
        """How the store is doing, by the database's own check (PostgreSQL has none to call)."""
        with self.reading() as session:
            problems: list[str] = []
            if self._engine.dialect.name == "sqlite":
                said = session.scalars(text("PRAGMA integrity_check")).all()
                problems += [line for line in said if line != "ok"]
                orphans = session.execute(text("PRAGMA foreign_key_check")).all()
                problems += [f"table {row[0]}, row {row[1]}: points to a missing row of {row[2]}" for row in orphans]
            return Health(
                url=place(self._engine),
                revision=revision(session.connection()) or "none",
                problems=tuple(problems),
                evaluations=session.scalar(select(func.count()).select_from(Evaluation)) or 0,
                estimates=session.scalar(select(func.count()).select_from(EstimateRow)) or 0,
                observations=session.scalar(select(func.count()).select_from(ObservationRow)) or 0,
            )

    @contextmanager
    def _explaining(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise explained(self._engine, error) from error


def _evaluations() -> Select[Evaluation, Task, str]:
    return (
        select(Evaluation, Task, Subject.identity.label("subject_identity"))
        .join(Task, Task.id == Evaluation.task_id)
        .join(Subject, Subject.id == Evaluation.subject_id)
    )


def _stored(row: Row[Evaluation, Task, str], labels: Mapping[int, str]) -> StoredEvaluation:
    evaluation, task, subject_identity = row
    return stored_evaluation(evaluation, task, subject_identity, labels[evaluation.subject_id])


def stored_evaluation(evaluation: Evaluation, task: Task, subject_identity: str, label: str) -> StoredEvaluation:
    """Rows of the store as the evaluation that they are, of a subject with that identity and label."""
    return StoredEvaluation(
        identity=evaluation.identity,
        subject=label,
        subject_identity=subject_identity,
        task=TaskRecord(**{field.name: getattr(task, field.name) for field in fields(TaskRecord)}),
        status=evaluation.status,
        reason=evaluation.reason,
        seed=evaluation.seed,
        limit=evaluation.limit,
        portion=evaluation.portion,
        started_at=evaluation.started_at,
        duration_s=evaluation.duration_s,
        notes=tuple(evaluation.notes),
    )
