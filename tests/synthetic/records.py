"""Made-up records for tests of whatever reads or writes a store: plain numbers, real identities."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from leaderboard.axes.axis import Axis
from leaderboard.data.portions import Portion
from leaderboard.identity import digest
from leaderboard.stats.estimate import Status
from leaderboard.store.records import (
    EnvironmentRecord,
    EvaluationRecord,
    GateRuleRecord,
    GateRunRecord,
    ModelRecord,
    RecipeRecord,
    Severity,
    StudyMode,
    StudyRecord,
    SubjectRecord,
    TaskRecord,
    TrialRecord,
    TrialState,
    Verdict,
)

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def environment_record(*, device: str = "cpu", threads: int = 2) -> EnvironmentRecord:
    """Somewhere to run."""
    identity = digest([device, threads])
    return EnvironmentRecord(identity=identity, device=device, dtype="float32", threads=threads, details={"cpu": "x"})


def model_record(name: str = "tiny", *, revision: str = "1") -> ModelRecord:
    """Some weights."""
    return ModelRecord(
        identity=digest(["model", name, revision]),
        name=name,
        source=f"package:{name}",
        revision=revision,
        kind="causal",
        dtype="float32",
    )


def study_record(
    name: str = "better",
    *,
    mode: StudyMode = StudyMode.PARETO,
    model: ModelRecord | None = None,
    definition: Mapping[str, Any] | None = None,
    created_at: datetime = NOON,
) -> StudyRecord:
    """A search."""
    return StudyRecord(
        name=name,
        mode=mode,
        model=model or model_record(),
        definition=definition or {"suite": "demo", "objectives": ["accuracy", "latency"], "seed": 0},
        created_at=created_at,
    )


def trial_record(number: int = 0, **changes: Any) -> TrialRecord:
    """A trial that is complete after a minute, with two losses and a constraint that holds, unless said otherwise."""
    fields: dict[str, Any] = {
        "number": number,
        "state": TrialState.COMPLETE,
        "parameters": {"mixup": 0.0, "adversary": "none", "unfrozen_layers": None},
        "recipe": {"recipe": "probe"},
        "subject": digest(["trial", number]),
        "losses": (0.25, 0.5),
        "violations": {"privacy.leak_auc <= 0.55": -0.05},
        "started_at": NOON,
        "ended_at": NOON + timedelta(minutes=1),
    }
    return TrialRecord(**(fields | changes))


def running_trial(number: int = 0, **changes: Any) -> TrialRecord:
    """A trial that has just begun."""
    begun: dict[str, Any] = {"state": TrialState.RUNNING, "losses": (), "violations": {}, "ended_at": None}
    return trial_record(number, **(begun | changes))


def evaluation_record(
    model: str = "tiny",
    task: str = "sst2",
    *,
    axis: Axis = Axis.ACCURACY,
    revision: str = "1",
    seed: int = 0,
    limit: int | None = None,
    portion: Portion = Portion.WHOLE,
    status: Status = Status.MEASURED,
    reason: str = "",
    started_at: datetime = NOON,
    definition: Mapping[str, Any] | None = None,
    notes: tuple[str, ...] = (),
) -> EvaluationRecord:
    """An evaluation whose identity follows from the model, its revision, the task, seed, limit and portion."""
    subject = digest([model, revision])
    return EvaluationRecord(
        identity=digest([subject, task, seed, limit, portion]),
        model=model_record(model, revision=revision),
        recipe=RecipeRecord(identity=digest("zero_shot"), name="zero_shot"),
        subject=SubjectRecord(identity=subject, name=f"{model}/zero_shot"),
        task=TaskRecord(
            identity=digest(["task", task]),
            name=task,
            version=1,
            axis=axis,
            protocol="classification",
            protocol_version=1,
            definition=definition or {"name": task},
        ),
        environment=environment_record(),
        seed=seed,
        limit=limit,
        portion=portion,
        status=status,
        reason=reason,
        started_at=started_at,
        duration_s=1.5,
        notes=notes,
    )


def gate_rule_record(position: int = 0, **changes: Any) -> GateRuleRecord:
    """A rule that passes, unless said otherwise."""
    fields: dict[str, Any] = {
        "position": position,
        "rule": "accuracy.sst2.accuracy >= 0.88",
        "severity": Severity.ERROR,
        "required": True,
        "verdict": Verdict.PASS,
        "value": 0.9,
        "low": 0.885,
        "high": 0.915,
        "n": 872,
        "unit": "probability",
        "bound": 0.88,
        "minimum_detectable": 0.025,
        "message": "0.900 [0.885, 0.915] is at least 0.88",
    }
    return GateRuleRecord(**(fields | changes))


def gate_run_record(subject: str = "tiny/zero_shot", **changes: Any) -> GateRunRecord:
    """A gate with one rule that passes at noon, unless said otherwise."""
    fields: dict[str, Any] = {
        "gate": "release",
        "config": {"rules": [{"rule": "accuracy.sst2.accuracy >= 0.88"}]},
        "subject": subject,
        "subject_identity": digest(["gated", subject]),
        "baseline": "",
        "verdict": Verdict.PASS,
        "started_at": NOON,
        "rules": (gate_rule_record(),),
    }
    return GateRunRecord(**(fields | changes))
