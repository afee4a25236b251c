"""Made-up records for tests of whatever reads or writes a store: plain numbers, real identities."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from leaderboard.axes.metric import Axis
from leaderboard.data.portions import Portion
from leaderboard.identity import digest
from leaderboard.stats.estimate import Status
from leaderboard.store.records import (
    EnvironmentRecord,
    EvaluationRecord,
    ModelRecord,
    RecipeRecord,
    SubjectRecord,
    TaskRecord,
)

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def environment_record(*, device: str = "cpu", threads: int = 2) -> EnvironmentRecord:
    """Somewhere to run."""
    identity = digest([device, threads])
    return EnvironmentRecord(identity=identity, device=device, dtype="float32", threads=threads, details={"cpu": "x"})


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
) -> EvaluationRecord:
    """An evaluation whose identity follows from the model, its revision, the task, seed, limit and portion."""
    subject = digest([model, revision])
    return EvaluationRecord(
        identity=digest([subject, task, seed, limit, portion]),
        model=ModelRecord(
            identity=digest(["model", model, revision]),
            name=model,
            source=f"package:{model}",
            revision=revision,
            kind="causal",
            dtype="float32",
        ),
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
    )
