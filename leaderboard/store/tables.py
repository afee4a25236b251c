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

from leaderboard.axes.metric import Axis, Better
from leaderboard.data.portions import Portion
from leaderboard.stats.estimate import Status
from leaderboard.store.records import RunStatus, Severity, StudyMode, TrialState, Verdict

IDENTITY_LENGTH = 64


class UtcTime(TypeDecorator[datetime]):
    """A moment: UTC in the database, timezone-aware in Python (SQLite itself knows no time zones)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - overridden
        """To UTC; a naive time is refused, since nobody knows when it was."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - overridden
        """From UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _named(kind: type[StrEnum], name: str) -> Enum:
    """A column that holds one of an enum's values, as text with a check constraint: readable with any tool."""
    return Enum(
        kind,
        native_enum=False,
        create_constraint=True,
        name=name,
        length=16,
        values_callable=lambda members: [member.value for member in members],
    )


class Table(DeclarativeBase):
    """What all tables share."""

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
        dict[str, Any]: JSON,
        list[str]: JSON,
        Axis: _named(Axis, "axis"),
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


class Model(Identified, Table):
    """Which weights."""

    __tablename__ = "model"
    __table_args__ = (_identity_is_a_digest(),)

    name: Mapped[str] = mapped_column(Text, index=True)
    source: Mapped[str] = mapped_column(Text)
    revision: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(String(32))
    dtype: Mapped[str] = mapped_column(String(32))
    trust_remote_code: Mapped[bool]
    details: Mapped[dict[str, Any]]


class Recipe(Identified, Table):
    """What is done to a model."""

    __tablename__ = "recipe"
    __table_args__ = (_identity_is_a_digest(),)

    name: Mapped[str] = mapped_column(Text)
    adapt_to: Mapped[str | None] = mapped_column(Text)
    seed: Mapped[int]
    details: Mapped[dict[str, Any]]


class Subject(Identified, Table):
    """A model after its recipe."""

    __tablename__ = "subject"
    __table_args__ = (_identity_is_a_digest(),)

    name: Mapped[str] = mapped_column(Text, index=True)
    model_id: Mapped[int] = mapped_column(ForeignKey("model.id"), index=True)
    recipe_id: Mapped[int] = mapped_column(ForeignKey("recipe.id"), index=True)


class Task(Identified, Table):
    """How something is measured."""

    __tablename__ = "task"
    __table_args__ = (_identity_is_a_digest(), CheckConstraint("version >= 1", name="version_starts_at_one"))

    name: Mapped[str] = mapped_column(Text, index=True)
    version: Mapped[int]
    axis: Mapped[Axis] = mapped_column(index=True)
    protocol: Mapped[str] = mapped_column(Text)
    protocol_version: Mapped[int]
    definition: Mapped[dict[str, Any]]


class Environment(Identified, Table):
    """Where things ran."""

    __tablename__ = "environment"
    __table_args__ = (_identity_is_a_digest(), CheckConstraint("threads >= 1", name="some_threads"))

    device: Mapped[str] = mapped_column(Text)
    dtype: Mapped[str] = mapped_column(String(32))
    threads: Mapped[int]
    details: Mapped[dict[str, Any]]


class Run(Table):
    """One call of `leaderboard run`."""

    __tablename__ = "run"
    __table_args__ = (CheckConstraint("ended_at >= started_at", name="ends_after_its_start"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    arguments: Mapped[dict[str, Any]]
    environment_id: Mapped[int] = mapped_column(ForeignKey("environment.id"))
    status: Mapped[RunStatus]


class Evaluation(Identified, Table):
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
    reason: Mapped[str] = mapped_column(Text)
    started_at: Mapped[datetime] = mapped_column(index=True)
    duration_s: Mapped[float]
    notes: Mapped[list[str]] = mapped_column(server_default="[]")


class Lease(Table):
    """An evaluation that a process measures now, so that others measure something else meanwhile.

    The holder adds to `beats` every few seconds. Whoever waits looks whether they still grow: no clock is compared
    with another.
    """

    __tablename__ = "lease"
    __table_args__ = (CheckConstraint("beats >= 0", name="beats_is_a_count"),)

    evaluation_identity: Mapped[str] = mapped_column(String(IDENTITY_LENGTH), primary_key=True)
    holder: Mapped[str] = mapped_column(Text, index=True)
    beats: Mapped[int]


class EstimateRow(Table):
    """One number of an evaluation, or why there is none."""

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
    part: Mapped[str] = mapped_column(String(128), primary_key=True)
    value: Mapped[float | None]
    low: Mapped[float | None]
    high: Mapped[float | None]
    n: Mapped[int]
    unit: Mapped[str] = mapped_column(Text)
    better: Mapped[Better]
    headline: Mapped[bool]
    status: Mapped[Status]
    method: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)


class ObservationRow(Table):
    """What was seen for one example of an evaluation."""

    __tablename__ = "observation"
    __table_args__ = (UniqueConstraint("evaluation_id", "example_id"),)

    evaluation_id: Mapped[int] = mapped_column(ForeignKey("evaluation.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    example_id: Mapped[str] = mapped_column(Text)
    data: Mapped[dict[str, Any]]


class Study(Table):
    """One search."""

    __tablename__ = "study"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text, unique=True)
    mode: Mapped[StudyMode]
    model_id: Mapped[int] = mapped_column(ForeignKey("model.id"))
    definition: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class Trial(Table):
    """One point of a search. Its subject is named by identity, since it is there only once something was measured."""

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
    reason: Mapped[str] = mapped_column(Text)
    parent: Mapped[int | None]
    parameters: Mapped[dict[str, Any]]
    recipe: Mapped[dict[str, Any]]
    subject: Mapped[str | None] = mapped_column(String(IDENTITY_LENGTH), index=True)
    violations: Mapped[dict[str, Any]]
    feasible: Mapped[bool]
    finalist: Mapped[bool]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class TrialLoss(Table):
    """What a complete trial lost on one objective; `position` is the objective's among those of its study."""

    __tablename__ = "trial_loss"
    __table_args__ = (
        ForeignKeyConstraint(["study_id", "number"], ["trial.study_id", "trial.number"], ondelete="CASCADE"),
        CheckConstraint("position >= 0", name="position_is_a_count"),
    )

    study_id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    loss: Mapped[float]


class GateRun(Table):
    """One call of a gate. Its subject is named by identity, since it may have come from a document."""

    __tablename__ = "gate_run"
    __table_args__ = (CheckConstraint(f"length(subject_identity) = {IDENTITY_LENGTH}", name="subject_is_a_digest"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    gate: Mapped[str] = mapped_column(Text, index=True)
    config: Mapped[dict[str, Any]]
    subject: Mapped[str] = mapped_column(Text)
    subject_identity: Mapped[str] = mapped_column(String(IDENTITY_LENGTH), index=True)
    baseline: Mapped[str] = mapped_column(Text)
    verdict: Mapped[Verdict]
    started_at: Mapped[datetime] = mapped_column(index=True)


class GateRule(Table):
    """What a gate said of one rule."""

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
    rule: Mapped[str] = mapped_column(Text)
    severity: Mapped[Severity]
    required: Mapped[bool]
    verdict: Mapped[Verdict]
    value: Mapped[float | None]
    low: Mapped[float | None]
    high: Mapped[float | None]
    n: Mapped[int]
    unit: Mapped[str] = mapped_column(Text)
    bound: Mapped[float | None]
    minimum_detectable: Mapped[float | None]
    message: Mapped[str] = mapped_column(Text)
