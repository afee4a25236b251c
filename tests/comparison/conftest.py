import dataclasses
from datetime import timedelta

import pytest

from leaderboard.axes.axis import Axis
from leaderboard.axes.protocol import Observation
from leaderboard.identity import digest
from leaderboard.stats.estimate import Estimate, Status
from leaderboard.store.records import EstimateRecord, RecipeRecord, StoredObservation, TaskRecord
from leaderboard.store.results import EvaluationResult, SubjectResults
from leaderboard.tasks import Task, protocol_of
from tests.synthetic.records import NOON, environment_record, model_record


def task_record(
    name="reviews", *, protocol="classification", axis=Axis.ACCURACY, metrics=("accuracy", "brier"), **changes
):
    definition = {
        "name": name,
        "version": 1,
        "axis": axis,
        "protocol": protocol,
        "description": "Made up.",
        "metrics": list(metrics),
        "license": "none",
        "citation": "none",
    } | changes
    return TaskRecord(
        identity=digest(definition),
        name=name,
        version=definition["version"],
        axis=axis,
        protocol=protocol,
        protocol_version=protocol_of(Task.model_validate(definition)).version,
        definition=definition,
    )


def answers(right, *, start=0):
    """What a classifier saw: texts of class `positive`, answered rightly or not."""
    return [
        StoredObservation(
            f"e{number:04}",
            {
                "label": 1,
                "log_probabilities": [-2.0, -0.2] if each else [-0.3, -1.5],
                "true": "positive",
                "predicted": "positive" if each else "negative",
            },
        )
        for number, each in enumerate(right, start)
    ]


def preferences(stereotyped):
    return [
        StoredObservation(
            f"p{number:04}",
            {"more_score": float(each), "less_score": 0.5, "category": "age", "direction": "unknown"},
        )
        for number, each in enumerate(stereotyped)
    ]


def evaluation(stored, task=None, *, estimates=None, later=0, **changes):
    task = task or task_record()
    if estimates is None:
        protocol = protocol_of(Task.model_validate(dict(task.definition)))
        observations = [Observation(each.example_id, each.data) for each in stored]
        estimates = tuple(
            EstimateRecord(each.metric, each.estimate, each.part)
            for each in protocol.estimate(observations)
            if each.metric.name in task.definition["metrics"]
        )
    definition = {
        "evaluation": digest([task.identity, later, len(stored)]),
        "task": task,
        "environment": environment_record(),
        "seed": 0,
        "limit": None,
        "status": Status.MEASURED,
        "reason": "",
        "started_at": NOON + timedelta(minutes=later),
        "duration_s": 1.0,
        "estimates": estimates,
        "observe": lambda: stored,
    }
    return EvaluationResult(**(definition | changes))


def unmeasured(task, metric, reason="it has no head"):
    estimates = (EstimateRecord(metric, Estimate.not_measured(reason)),)
    return evaluation([], task, estimates=estimates, status=Status.NOT_MEASURED, reason=reason)


def subject(name, *evaluations, dtype="float32", **recipe):
    return SubjectResults(
        identity=digest(["subject", name]),
        name=name,
        label=name,
        model=dataclasses.replace(model_record(name), dtype=dtype),
        recipe=RecipeRecord(**({"identity": digest("zero_shot"), "name": "zero_shot"} | recipe)),
        evaluations=evaluations,
    )


@pytest.fixture
def two():
    """Ten more right answers of the first alone, of 200: 20 against 10, both right on 150, neither on 20."""
    first = [True] * 20 + [False] * 10 + [True] * 150 + [False] * 20
    second = [False] * 20 + [True] * 10 + [True] * 150 + [False] * 20
    return subject("good", evaluation(answers(first))), subject("poor", evaluation(answers(second)))
