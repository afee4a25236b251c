"""A store of as many subjects and metrics as one likes, filled in bulk: for finding out what many of them cost."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
from sqlalchemy import Connection, insert
from sqlalchemy.orm import Session

from leaderboard.axes.axis import Axis
from leaderboard.axes.catalogue import METRICS
from leaderboard.axes.metric import Metric
from leaderboard.data.portions import Portion
from leaderboard.identity import digest
from leaderboard.stats.estimate import Status
from leaderboard.store.database import open_store
from leaderboard.store.records import RunStatus
from leaderboard.store.repository import Store
from leaderboard.store.tables import (
    EnvironmentRow,
    EstimateRow,
    EvaluationRow,
    ModelRow,
    RecipeRow,
    RunRow,
    SubjectRow,
    TaskRow,
)
from leaderboard.store.upserts import column_values
from tests.synthetic.records import NOON, environment_record

_RECIPES = ("zero_shot", "probe", "finetune", "lora", "prune")
_SUBJECTS_AT_ONCE = 200
_N = 500
"""Examples behind each number."""


@dataclass(frozen=True, slots=True)
class _Slot:
    """One number of every subject."""

    metric: Metric
    task: str


def synthetic_store(url: str, subjects: int, metrics: int, *, seed: int = 0) -> Store:
    """Fill a new store with numbers that nobody measured.

    Five recipes of each model; about one subject in ten was not measured on an axis. Values lie between the anchors
    of their metric, with an interval of a tenth of that way. There are no observations.

    Args:
        url: of a store that holds nothing yet.
        subjects: how many.
        metrics: numbers of each subject: the headline metrics first, then the others, then more tasks with the same.
        seed: of the values.
    """
    store = open_store(url)
    slots = _slots(metrics)
    rng = np.random.default_rng(seed)
    with store.writing("made-up results") as session:
        tasks = _insert_referenced_rows(session, subjects, slots)
        connection = session.connection()
        for first in range(0, subjects, _SUBJECTS_AT_ONCE):
            some = range(first, min(first + _SUBJECTS_AT_ONCE, subjects))
            _measured(connection, some, slots, tasks, rng)
    return store


def _slots(count: int) -> list[_Slot]:
    ordered = sorted(METRICS.values(), key=lambda metric: not metric.headline)
    return [
        _Slot(metric, f"{metric.axis}_{place // len(ordered) + 1}")
        for place, metric in ((place, ordered[place % len(ordered)]) for place in range(count))
    ]


def _insert_referenced_rows(session: Session, subjects: int, slots: Sequence[_Slot]) -> dict[str, int]:
    """Insert everything that evaluations point to; row ids of the tasks by name."""
    models = -(-subjects // len(_RECIPES))
    axes = {slot.task: slot.metric.axis for slot in slots}
    session.execute(insert(EnvironmentRow), [{"id": 1, **column_values(environment_record())}])
    run = {"id": 1, "started_at": NOON, "ended_at": NOON, "arguments": {}, "environment_id": 1}
    session.execute(insert(RunRow), [run | {"status": RunStatus.FINISHED}])
    session.execute(insert(ModelRow), [_model(number) for number in range(models)])
    session.execute(
        insert(RecipeRow),
        [
            {
                "id": place,
                "identity": digest(["recipe", name]),
                "name": name,
                "adapt_to": None,
                "seed": 0,
                "details": {},
            }
            for place, name in enumerate(_RECIPES, 1)
        ],
    )
    session.execute(insert(SubjectRow), [_subject(number) for number in range(subjects)])
    session.execute(insert(TaskRow), [_task(place, name, axis) for place, (name, axis) in enumerate(axes.items(), 1)])
    return {name: place for place, name in enumerate(axes, 1)}


def _model(number: int) -> dict[str, Any]:
    name = f"model-{number:05d}"
    columns = {"name": name, "source": f"package:{name}", "revision": "1", "kind": "causal", "dtype": "float32"}
    details = {"parameters": 10**6 * (number % 997 + 1)}
    return {
        "id": number + 1,
        "identity": digest(["model", name]),
        **columns,
        "trust_remote_code": False,
        "details": details,
    }


def _subject(number: int) -> dict[str, Any]:
    model, recipe = divmod(number, len(_RECIPES))
    name = f"model-{model:05d}/{_RECIPES[recipe]}"
    identity = digest(["subject", name])
    return {"id": number + 1, "identity": identity, "name": name, "model_id": model + 1, "recipe_id": recipe + 1}


def _task(place: int, name: str, axis: Axis) -> dict[str, Any]:
    protocol = {"protocol": "classification", "protocol_version": 1}
    definition = {"name": name, "version": 1}
    return {"id": place, "identity": digest(["task", name]), "version": 1, "axis": axis, "name": name} | (
        protocol | {"definition": definition}
    )


def _measured(
    connection: Connection, subjects: range, slots: Sequence[_Slot], tasks: dict[str, int], rng: np.random.Generator
) -> None:
    evaluations: list[dict[str, Any]] = []
    estimates: list[dict[str, Any]] = []
    skipped = rng.random((len(subjects), len(Axis))) < 1 / 10 / len(Axis)
    shares = rng.random((len(subjects), len(slots)))
    for subject, unmeasured, share in zip(subjects, skipped, shares, strict=True):
        without = {axis for axis, skip in zip(Axis, unmeasured, strict=True) if skip}
        evaluations.extend(_evaluation(subject, task, len(tasks)) for task in tasks.values())
        estimates.extend(_estimates(subject, slots, share.tolist(), tasks, without))
    connection.execute(insert(EvaluationRow), evaluations)
    connection.execute(insert(EstimateRow), estimates)


def _evaluation(subject: int, task: int, tasks: int) -> dict[str, Any]:
    number = subject * tasks + task
    when = NOON + timedelta(seconds=number % 10**7)
    settings = {"seed": 0, "limit": None, "portion": Portion.WHOLE, "status": Status.MEASURED, "reason": ""}
    of = {"subject_id": subject + 1, "task_id": task, "environment_id": 1, "run_id": 1}
    return {"id": number, "identity": digest(number), **of, **settings, "started_at": when, "duration_s": 1.0}


def _estimates(
    subject: int, slots: Sequence[_Slot], shares: Sequence[float], tasks: dict[str, int], without: set[Axis]
) -> Iterator[dict[str, Any]]:
    for slot, share in zip(slots, shares, strict=True):
        metric = slot.metric
        value = metric.worst + share * (metric.best - metric.worst)
        half = abs(metric.best - metric.worst) / 20
        number: dict[str, Any] = {"value": value, "low": value - half, "high": value + half, "n": _N}
        columns = {"status": Status.MEASURED, "method": "made up", "reason": ""}
        if metric.axis in without:
            number = {"value": None, "low": None, "high": None, "n": 0}
            columns = {"status": Status.NOT_MEASURED, "method": "", "reason": "left out by chance"}
        yield {
            "evaluation_id": subject * len(tasks) + tasks[slot.task],
            "metric": metric.name,
            "part": "",
            "unit": metric.unit,
            "better": metric.better,
            "headline": metric.headline,
            **number,
            **columns,
        }
