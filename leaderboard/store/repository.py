"""The store of results, written in short transactions and read as plain records."""

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
from leaderboard.store.errors import DamagedStoreError, NotStorableError, store_error, store_text
from leaderboard.store.inserts import (
    NewEvaluation,
    UpsertedRows,
    insert_estimates,
    insert_evaluations,
    refuse_duplicates,
)
from leaderboard.store.killed_runs import end_killed_runs, hold_run, release_run
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
from leaderboard.store.store_file import StoreFile
from leaderboard.store.subjects import find_subject, subject_labels
from leaderboard.store.tables import (
    EnvironmentRow,
    EstimateRow,
    EvaluationRow,
    ObservationRow,
    RunRow,
    SubjectRow,
    TaskRow,
)
from leaderboard.store.upserts import column_values, upsert

_NOT_STORABLE = (IntegrityError, DataError, InterfaceError, NotSupportedError, ProgrammingError)
"""Database errors about values that it cannot hold; any other error is about the database itself."""
_NO_COLUMN_SAYS_IT = (TypeError, ValueError, OverflowError, RecursionError)
"""Errors for NaN, an array, an integer beyond 64 bits, a value that contains itself."""


class Store:
    """The store of results, opened by `open_store`; several processes can use it, each with its own instance."""

    def __init__(self, engine: Engine) -> None:
        """Use a database with this program's schema."""
        self._engine = engine
        self._file = StoreFile(engine)
        self._writer = engine.execution_options(writes=True)

    @property
    def url(self) -> str:
        """URL of the database with its password, for another process; never log or show it."""
        return self._engine.url.render_as_string(hide_password=False)

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a session that sees one state of the database, for queries of the store."""
        with self._with_store_errors(), Session(self._engine) as session:
            yield session

    @contextmanager
    def writing(self, title: str) -> Iterator[Session]:
        """Open an atomic transaction for changes of the store; `title` names it in error messages."""
        with self._with_store_errors(), Session(self._writer) as session:
            try:
                with session.begin():
                    yield session
            except _NOT_STORABLE as error:
                raise NotStorableError(f"{title}: cannot be stored: {getattr(error, 'orig', error)}") from error
            except DBAPIError:
                raise
            except (StatementError, *_NO_COLUMN_SAYS_IT) as error:
                raise NotStorableError(f"{title}: cannot be stored: {getattr(error, 'orig', error)}") from error
            self._file.check()

    def start_run(self, arguments: Mapping[str, Any], environment: EnvironmentRecord) -> int:
        """Record that a run starts now, and return its number; runs whose process was killed become interrupted."""
        with self.writing("a run") as session:
            end_killed_runs(session)
            run = RunRow(
                started_at=datetime.now(UTC),
                arguments=dict(arguments),
                environment_id=upsert(session, EnvironmentRow, column_values(environment)),
                status=RunStatus.RUNNING,
            )
            session.add(run)
            session.flush()
            hold_run(session, run.id)
            return run.id

    def end_run(self, run_id: int, status: RunStatus) -> None:
        """Record that a run ends now, with its status."""
        with self.writing(f"the end of run {run_id}") as session:
            started_at = session.execute(select(RunRow.started_at).where(RunRow.id == run_id)).scalar_one()
            ended = {"ended_at": now_after(started_at), "status": status}
            session.execute(update(RunRow).where(RunRow.id == run_id).values(**ended))
            release_run(session, run_id)

    def record(
        self,
        run_id: int,
        evaluation: EvaluationRecord,
        estimates: Sequence[EstimateRecord],
        observations: Iterable[tuple[str, Mapping[str, Any]]],
    ) -> bool:
        """Store an evaluation: all of it or, when interrupted, nothing.

        An earlier failed one is replaced; otherwise the first that was stored stays, so that an evaluation that two
        processes measured counts once.

        Args:
            run_id: id of its run.
            evaluation: the evaluation.
            estimates: its estimates, at most one for each metric and part.
            observations: (example id, observation) in the order of the examples; ids are unique.

        Returns:
            Whether it was stored; False where one with its identity exists.

        Raises:
            NotStorableError: when it holds something that cannot be stored: NaN, an object that is not JSON, an example
                or a metric twice.
            StoreLostError: when the database was moved or deleted.
        """
        return self.record_all([NewEvaluation(run_id, evaluation, estimates, tuple(observations))])[0]

    def record_all(self, new: Sequence[NewEvaluation]) -> list[bool]:
        """Store evaluations in one transaction, as `record` does: all of them or, when one is refused, none.

        Returns:
            Whether each was stored; False where one with its identity exists.

        Raises:
            NotStorableError: when one of them holds something that cannot be stored.
            StoreLostError: when the database was moved or deleted.
        """
        if not new:
            return []
        for each in new:
            each.refuse_duplicates()
        with self.writing(new[0].label if len(new) == 1 else f"{len(new)} evaluations") as session:
            return insert_evaluations(session, new)

    def replace_estimates(
        self, evaluation_identity: str, estimates: Sequence[EstimateRecord], *, task: TaskRecord | None = None
    ) -> None:
        """Replace the estimates of a stored evaluation.

        Args:
            evaluation_identity: identity of the evaluation.
            estimates: all its new estimates.
            task: the current task, where its metrics or anchors changed without changing its identity.
        """
        self.replace_all({evaluation_identity: (estimates, task)})

    def replace_all(self, numbers: Mapping[str, tuple[Sequence[EstimateRecord], TaskRecord | None]]) -> None:
        """Replace the estimates of several evaluations in one transaction, as `replace_estimates` does.

        Args:
            numbers: new estimates and task by the identity of the evaluation.
        """
        for identity, (estimates, _) in numbers.items():
            refuse_duplicates(identity, "metric", [(each.metric.name, each.part) for each in estimates])
        if not numbers:
            return
        with self.writing(next(iter(numbers)) if len(numbers) == 1 else f"{len(numbers)} evaluations") as session:
            rows = UpsertedRows(session)
            for _, task in numbers.values():
                if task is not None:
                    rows.id_of(TaskRow, task)
            query = select(EvaluationRow.identity, EvaluationRow.id, TaskRow.definition).join(TaskRow)
            query = query.where(EvaluationRow.identity.in_(list(numbers)))
            stored = {row.identity: (row.id, row.definition) for row in session.execute(query)}
            if absent := next((identity for identity in numbers if identity not in stored), None):
                raise RequestError(f"{store_text(self._engine)}: has no evaluation {absent}")
            ids = [row_id for row_id, _ in stored.values()]
            session.execute(delete(EstimateRow).where(EstimateRow.evaluation_id.in_(ids)))
            new = ((stored[name][0], estimates, stored[name][1]) for name, (estimates, _) in numbers.items())
            insert_estimates(session, new)

    def name_subject(self, identity: str, name: str) -> None:
        """Rename a subject; does nothing where it is not in the store."""
        with self.writing(f"the name of {name}") as session:
            session.execute(update(SubjectRow).where(SubjectRow.identity == identity).values(name=name))

    def is_empty(self) -> bool:
        """Whether the store has no evaluation."""
        with self.reading() as session:
            return session.scalar(select(EvaluationRow.id).limit(1)) is None

    def holds_searches_alone(self) -> bool:
        """Whether all evaluations are on portions of searches, so that the board has nothing to show."""
        with self.reading() as session:
            whole = session.scalar(select(EvaluationRow.id).where(EvaluationRow.portion == Portion.WHOLE).limit(1))
        return whole is None and not self.is_empty()

    def evaluation(self, identity: str) -> StoredEvaluation | None:
        """Return the evaluation with this identity, or None."""
        with self.reading() as session:
            row = session.execute(_evaluations().where(EvaluationRow.identity == identity)).one_or_none()
            return None if row is None else _stored(row, subject_labels(session))

    def evaluations(self) -> list[StoredEvaluation]:
        """Return every evaluation on every portion, oldest first."""
        with self.reading() as session:
            labels = subject_labels(session)
            rows = session.execute(_evaluations().order_by(EvaluationRow.started_at, EvaluationRow.id)).all()
            return [_stored(row, labels) for row in rows]

    def observations_of(self, evaluation_identity: str) -> list[StoredObservation]:
        """Return the observations of one evaluation, in their order."""
        return self.observations_of_all([evaluation_identity])[evaluation_identity]

    def observations_of_all(self, identities: Sequence[str]) -> dict[str, list[StoredObservation]]:
        """Return the observations of each evaluation, in their order."""
        observations: dict[str, list[StoredObservation]] = {identity: [] for identity in identities}
        with self.reading() as session:
            rows = session.execute(
                select(
                    EvaluationRow.identity,
                    ObservationRow.position,
                    ObservationRow.example_id,
                    ObservationRow.data,
                )
                .join(EvaluationRow, EvaluationRow.id == ObservationRow.evaluation_id)
                .where(EvaluationRow.identity.in_(identities))
                .order_by(ObservationRow.evaluation_id, ObservationRow.position)
            )
            for identity, position, example_id, data in rows:
                rows_of_evaluation = observations[identity]
                if position != len(rows_of_evaluation) or not isinstance(example_id, str) or not isinstance(data, dict):
                    raise DamagedStoreError(
                        f"{store_text(self._engine)}: is damaged: observation {len(rows_of_evaluation)} of evaluation "
                        f"{identity[:12]} cannot be read\n  Restore a copy, or name another store with --store"
                    )
                rows_of_evaluation.append(StoredObservation(example_id, data))
        return observations

    def observation_counts(self) -> dict[str, int]:
        """Return the number of observations of each evaluation by its identity, without those that have none."""
        with self.reading() as session:
            rows = session.execute(
                select(EvaluationRow.identity, func.count().label("count"))
                .join(ObservationRow, ObservationRow.evaluation_id == EvaluationRow.id)
                .group_by(EvaluationRow.identity)
            ).all()
            return {row[0]: row[1] for row in rows}

    def observations(self, subject: str, task: str) -> list[StoredObservation]:
        """Return the observations of the newest measured evaluation of a subject on a whole task, as in `newest`."""
        return self.observations_of(self.newest(subject, task).identity)

    def newest(self, subject: str, task: str) -> StoredEvaluation:
        """Return the newest measured evaluation of a subject on a whole task.

        Args:
            subject: name of the subject, or the start of its identity.
            task: name of the task.

        Raises:
            RequestError: for an unknown or ambiguous name, or a pair that was not measured.
        """
        with self.reading() as session:
            subject_id, label = find_subject(session, subject)
            tasks = set(session.scalars(select(TaskRow.name)))
            if task not in tasks:
                raise unknown_name("task", task, tasks, see="leaderboard results")
            rows = session.execute(
                _evaluations()
                .where(SubjectRow.id == subject_id, TaskRow.name == task, EvaluationRow.portion == Portion.WHOLE)
                .order_by(EvaluationRow.started_at.desc(), EvaluationRow.id.desc())
            ).all()
            newest = next((row for row in rows if row.EvaluationRow.status is Status.MEASURED), None)
            if newest is None:
                why = f": {rows[0].EvaluationRow.reason}" if rows else ""
                raise RequestError(f"'{label}' was not measured on task '{task}'{why}")
            return _stored(newest, subject_labels(session))

    def health(self) -> Health:
        """Return the health of the store, with the integrity check of SQLite (PostgreSQL has none to call)."""
        with self.reading() as session:
            problems: list[str] = []
            if self._engine.dialect.name == "sqlite":
                messages = session.scalars(text("PRAGMA integrity_check")).all()
                problems += [line for line in messages if line != "ok"]
                orphans = session.execute(text("PRAGMA foreign_key_check")).all()
                problems += [f"table {row[0]}, row {row[1]}: refers to a missing row of {row[2]}" for row in orphans]
            return Health(
                url=store_text(self._engine),
                revision=revision(session.connection()) or "none",
                problems=tuple(problems),
                evaluations=session.scalar(select(func.count()).select_from(EvaluationRow)) or 0,
                estimates=session.scalar(select(func.count()).select_from(EstimateRow)) or 0,
                observations=session.scalar(select(func.count()).select_from(ObservationRow)) or 0,
            )

    @contextmanager
    def _with_store_errors(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise store_error(self._engine, error) from error


def _evaluations() -> Select[EvaluationRow, TaskRow, str]:
    return (
        select(EvaluationRow, TaskRow, SubjectRow.identity.label("subject_identity"))
        .join(TaskRow, TaskRow.id == EvaluationRow.task_id)
        .join(SubjectRow, SubjectRow.id == EvaluationRow.subject_id)
    )


def _stored(row: Row[EvaluationRow, TaskRow, str], labels: Mapping[int, str]) -> StoredEvaluation:
    evaluation, task, subject_identity = row
    return stored_evaluation(evaluation, task, subject_identity, labels[evaluation.subject_id])


def stored_evaluation(evaluation: EvaluationRow, task: TaskRow, subject_identity: str, label: str) -> StoredEvaluation:
    """Convert rows of the store to an evaluation of the subject with this identity and label."""
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
