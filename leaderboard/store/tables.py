"""The tables of the store. What people sort or filter by is a column; the rest is JSON."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    DateTime,
    Dialect,
    Enum,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from leaderboard.axes.axis import Axis
from leaderboard.axes.metric import Better
from leaderboard.data.portions import Portion
from leaderboard.stats.estimate import Status
from leaderboard.store.column_types import Details, FreeText, Key, Label, Line, Notes, Prose
from leaderboard.store.records import RunStatus, Severity, StudyMode, TrialState, Verdict

IDENTITY_LENGTH = 64


class UtcTime(TypeDecorator[datetime]):
    """A time: UTC in the database, timezone-aware in Python (SQLite has no time zones)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - overridden
        """Convert to UTC; a naive time is refused, since it is ambiguous."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - overridden
        """Convert from UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class AxisName(TypeDecorator[Axis]):
    """An axis by its name. It may be one of a plug-in, which need not be installed where the store is read."""

    impl = String(16)
    cache_ok = True

    def process_bind_param(self, value: Axis | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - overridden
        """Convert an axis to its name."""
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Axis | None:  # noqa: ARG002 - overridden
        """Convert a name to its axis."""
        return None if value is None else Axis.recorded(value)


_STORED_VALUES = {Verdict.INCONCLUSIVE: "cannot_tell"}
"""Enum members that a database stores under a former name, which its check constraints require."""


def _named(kind: type[StrEnum], name: str) -> Enum:
    """Return a column type for an enum: its values as text with a check constraint, readable with any tool."""
    return Enum(
        kind,
        native_enum=False,
        create_constraint=True,
        name=name,
        length=16,
        values_callable=lambda members: [_STORED_VALUES.get(member, member.value) for member in members],
    )


class Table(DeclarativeBase):
    """Base class of all tables."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - read by SQLAlchemy as a class attribute
        datetime: UtcTime,
        dict[str, Any]: Details,
        list[str]: Notes,
        Axis: AxisName,
        Better: _named(Better, "better"),
        Status: _named(Status, "status"),
        Portion: _named(Portion, "portion"),
        RunStatus: _named(RunStatus, "status"),
        StudyMode: _named(StudyMode, "mode"),
        TrialState: _named(TrialState, "state"),
        Verdict: _named(Verdict, "verdict"),
        Severity: _named(Severity, "severity"),
    }


class Identified:
    """A table whose rows are content-addressed."""

    id: Mapped[int] = mapped_column(primary_key=True, sort_order=-2)
    identity: Mapped[str] = mapped_column(String(IDENTITY_LENGTH), unique=True, sort_order=-1)


def _identity_is_a_digest() -> CheckConstraint:
    return CheckConstraint(f"length(identity) = {IDENTITY_LENGTH}", name="identity_is_a_digest")


class ModelRow(Identified, Table):
    """The weights of a model."""

    __tablename__ = "model"
    __table_args__ = (_identity_is_a_digest(),)

    name: Mapped[str] = mapped_column(Line, index=True)
    source: Mapped[str] = mapped_column(Line)
    revision: Mapped[str] = mapped_column(Line)
    kind: Mapped[str] = mapped_column(String(32))
    dtype: Mapped[str] = mapped_column(String(32))
    trust_remote_code: Mapped[bool]
    details: Mapped[dict[str, Any]]


class RecipeRow(Identified, Table):
    """A recipe, which prepares a model."""

    __tablename__ = "recipe"
    __table_args__ = (_identity_is_a_digest(),)

    name: Mapped[str] = mapped_column(Line)
    adapt_to: Mapped[str | None] = mapped_column(Line)
    seed: Mapped[int]
    details: Mapped[dict[str, Any]]


class SubjectRow(Identified, Table):
    """A model prepared by a recipe."""

    __tablename__ = "subject"
    __table_args__ = (_identity_is_a_digest(),)

    name: Mapped[str] = mapped_column(Line, index=True)
    model_id: Mapped[int] = mapped_column(ForeignKey("model.id"), index=True)
    recipe_id: Mapped[int] = mapped_column(ForeignKey("recipe.id"), index=True)


class TaskRow(Identified, Table):
    """A task."""

    __tablename__ = "task"
    __table_args__ = (_identity_is_a_digest(), CheckConstraint("version >= 1", name="version_starts_at_one"))

    name: Mapped[str] = mapped_column(Line, index=True)
    version: Mapped[int]
    axis: Mapped[Axis] = mapped_column(index=True)
    protocol: Mapped[str] = mapped_column(Line)
    protocol_version: Mapped[int]
    definition: Mapped[dict[str, Any]]


class EnvironmentRow(Identified, Table):
    """The machine and software of measurements."""

    __tablename__ = "environment"
    __table_args__ = (_identity_is_a_digest(), CheckConstraint("threads >= 1", name="some_threads"))

    device: Mapped[str] = mapped_column(Line)
    dtype: Mapped[str] = mapped_column(String(32))
    threads: Mapped[int]
    details: Mapped[dict[str, Any]]


class RunRow(Table):
    """One call of `leaderboard run`."""

    __tablename__ = "run"
    __table_args__ = (CheckConstraint("ended_at >= started_at", name="ends_after_its_start"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    arguments: Mapped[dict[str, Any]] = mapped_column(FreeText)
    environment_id: Mapped[int] = mapped_column(ForeignKey("environment.id"))
    status: Mapped[RunStatus]


class EvaluationRow(Identified, Table):
    """One subject on one task in one environment."""

    __tablename__ = "evaluation"
    __table_args__ = (
        _identity_is_a_digest(),
        Index(None, "subject_id", "task_id"),
        CheckConstraint('"limit" > 0', name="limit_is_positive"),
        CheckConstraint("duration_s >= 0", name="duration_is_not_negative"),
        CheckConstraint("(status = 'measured') = (reason = '')", name="reason_unless_measured"),
    )

    subject_id: Mapped[int] = mapped_column(ForeignKey("subject.id"))
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"), index=True)
    environment_id: Mapped[int] = mapped_column(ForeignKey("environment.id"))
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), index=True)
    seed: Mapped[int]
    limit: Mapped[int | None]
    portion: Mapped[Portion] = mapped_column(server_default=Portion.WHOLE)
    status: Mapped[Status]
    reason: Mapped[str] = mapped_column(Prose)
    started_at: Mapped[datetime] = mapped_column(index=True)
    duration_s: Mapped[float]
    notes: Mapped[list[str]] = mapped_column(server_default="[]")


class LeaseRow(Table):
    """An evaluation that a process measures now, so that other processes measure something else.

    The holder increments `beats` every few seconds. Waiting processes check whether it still grows, so that clocks of
    different machines are never compared.
    """

    __tablename__ = "lease"
    __table_args__ = (CheckConstraint("beats >= 0", name="beats_is_a_count"),)

    evaluation_identity: Mapped[str] = mapped_column(String(IDENTITY_LENGTH), primary_key=True)
    holder: Mapped[str] = mapped_column(Text, index=True)
    beats: Mapped[int]


class EstimateRow(Table):
    """An estimate of an evaluation, or the reason why there is none."""

    __tablename__ = "estimate"
    __table_args__ = (
        CheckConstraint("(status = 'measured') = (value IS NOT NULL)", name="value_when_measured"),
        CheckConstraint("(status = 'measured') = (reason = '')", name="reason_unless_measured"),
        CheckConstraint("(low IS NULL) = (high IS NULL)", name="interval_has_two_ends"),
        CheckConstraint("low IS NULL OR value IS NOT NULL", name="interval_belongs_to_a_value"),
        CheckConstraint("low <= high", name="interval_is_ordered"),
        CheckConstraint("n >= 0", name="n_is_a_count"),
    )

    evaluation_id: Mapped[int] = mapped_column(ForeignKey("evaluation.id", ondelete="CASCADE"), primary_key=True)
    metric: Mapped[str] = mapped_column(String(64), primary_key=True, index=True)
    part: Mapped[str] = mapped_column(Label(128), primary_key=True)
    value: Mapped[float | None]
    low: Mapped[float | None]
    high: Mapped[float | None]
    n: Mapped[int]
    unit: Mapped[str] = mapped_column(Line)
    better: Mapped[Better]
    headline: Mapped[bool]
    status: Mapped[Status]
    method: Mapped[str] = mapped_column(Line)
    reason: Mapped[str] = mapped_column(Prose)


class ObservationRow(Table):
    """The observation of one example of an evaluation."""

    __tablename__ = "observation"
    __table_args__ = (UniqueConstraint("evaluation_id", "example_id"),)

    evaluation_id: Mapped[int] = mapped_column(ForeignKey("evaluation.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    example_id: Mapped[str] = mapped_column(Key)
    data: Mapped[dict[str, Any]] = mapped_column(JSON)  # observations are stored unchanged


class StudyRow(Table):
    """A search."""

    __tablename__ = "study"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Line, unique=True)
    mode: Mapped[StudyMode]
    model_id: Mapped[int] = mapped_column(ForeignKey("model.id"))
    definition: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class TrialRow(Table):
    """A trial of a study; its subject is stored by identity, since it may not be measured yet."""

    __tablename__ = "trial"
    __table_args__ = (
        CheckConstraint("number >= 0", name="number_is_a_count"),
        CheckConstraint("parent >= 0 AND parent < number", name="parent_comes_first"),
        CheckConstraint("(state IN ('running', 'complete')) = (reason = '')", name="reason_where_cut_short"),
        CheckConstraint("(state = 'running') = (ended_at IS NULL)", name="ends_unless_running"),
        CheckConstraint("ended_at >= started_at", name="ends_after_its_start"),
        CheckConstraint(f"length(subject) = {IDENTITY_LENGTH}", name="subject_is_a_digest"),
        CheckConstraint("state = 'complete' OR NOT (feasible OR finalist)", name="only_complete_ones_count"),
    )

    study_id: Mapped[int] = mapped_column(ForeignKey("study.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    state: Mapped[TrialState]
    reason: Mapped[str] = mapped_column(Prose)
    parent: Mapped[int | None]
    parameters: Mapped[dict[str, Any]]
    recipe: Mapped[dict[str, Any]]
    subject: Mapped[str | None] = mapped_column(String(IDENTITY_LENGTH), index=True)
    violations: Mapped[dict[str, Any]]
    feasible: Mapped[bool]
    finalist: Mapped[bool]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class TrialLossRow(Table):
    """The loss of a complete trial on one objective; `position` is that of the objective in its study."""

    __tablename__ = "trial_loss"
    __table_args__ = (
        ForeignKeyConstraint(["study_id", "number"], ["trial.study_id", "trial.number"], ondelete="CASCADE"),
        CheckConstraint("position >= 0", name="position_is_a_count"),
    )

    study_id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    loss: Mapped[float]


class GateRunRow(Table):
    """One call of a gate; its subject is stored by identity, since it may have come from a document."""

    __tablename__ = "gate_run"
    __table_args__ = (CheckConstraint(f"length(subject_identity) = {IDENTITY_LENGTH}", name="subject_is_a_digest"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    gate: Mapped[str] = mapped_column(Line, index=True)
    config: Mapped[dict[str, Any]]
    subject: Mapped[str] = mapped_column(Line)
    subject_identity: Mapped[str] = mapped_column(String(IDENTITY_LENGTH), index=True)
    baseline: Mapped[str] = mapped_column(Line)
    verdict: Mapped[Verdict]
    started_at: Mapped[datetime] = mapped_column(index=True)


class GateRuleRow(Table):
    """Verdict of a gate on one rule."""

    __tablename__ = "gate_rule"
    __table_args__ = (
        CheckConstraint("position >= 0", name="position_is_a_count"),
        CheckConstraint("n >= 0", name="n_is_a_count"),
        CheckConstraint("(low IS NULL) = (high IS NULL)", name="interval_has_two_ends"),
        CheckConstraint("low IS NULL OR value IS NOT NULL", name="interval_belongs_to_a_value"),
        CheckConstraint("low <= high", name="interval_is_ordered"),
        CheckConstraint("minimum_detectable >= 0", name="minimum_detectable_is_a_distance"),
        CheckConstraint("message <> ''", name="message_says_why"),
    )

    gate_run_id: Mapped[int] = mapped_column(ForeignKey("gate_run.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    rule: Mapped[str] = mapped_column(Line)
    severity: Mapped[Severity]
    required: Mapped[bool]
    verdict: Mapped[Verdict]
    value: Mapped[float | None]
    low: Mapped[float | None]
    high: Mapped[float | None]
    n: Mapped[int]
    unit: Mapped[str] = mapped_column(Line)
    bound: Mapped[float | None]
    minimum_detectable: Mapped[float | None]
    message: Mapped[str] = mapped_column(Prose)
