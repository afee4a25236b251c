"""A made-up store with something for every page of the board: six axes, answers, a search, gates. No model."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from leaderboard.axes.axis import Axis
from leaderboard.axes.catalogue import METRICS
from leaderboard.axes.metric import Metric, Scale
from leaderboard.axes.protocol import Observation
from leaderboard.stats.estimate import Estimate, Status
from leaderboard.store.gates import record_gate
from leaderboard.store.records import (
    EstimateRecord,
    EvaluationRecord,
    GateRuleRecord,
    GateRunRecord,
    RunStatus,
    Severity,
    Verdict,
)
from leaderboard.store.repository import Store
from leaderboard.studies.goal_request import GoalRequest
from leaderboard.tasks import Task, default_catalogue, protocol_of
from tests.synthetic.records import NOON, environment_record, evaluation_record
from tests.synthetic.searches import SUITE, write_search

SUBJECTS: Mapping[str, float] = {"large": 0.82, "middle": 0.7, "careful": 0.6, "small": 0.5, "tiny": 0.4}
"""Names, and how good each is, 0 to 1; the better, the slower."""
STUDY = "faster"
GATE = "release"
NOT_MEASURED: Mapping[tuple[str, str], str] = {
    ("tiny", "crows_pairs_demo"): "the model predicts no masked word",
    ("small", "membership_movies"): "nothing was trained here",
}
"""Why some subjects have no answer, by their name and the task's."""
_ANSWERED = "movies"
_N = 240
_MANY = 500
"""Examples behind an estimate without answers: as many as every metric needs to rank."""
_DAY = timedelta(days=1)


def write_shown(store: Store, subjects: Mapping[str, float] = SUBJECTS, *, answers: int = _N) -> None:
    """Measure the suite `demo` on subjects that nobody has, the first again a day later; search once, gate three times.

    Task `movies` keeps what was seen, and its estimates are those of its observations; the others keep estimates alone.

    Args:
        store: where to.
        subjects: by name, how good: 0 worst, 1 best.
        answers: examples of task `movies`.
    """
    tasks = default_catalogue().suite_tasks(SUITE)
    write_search(store, GoalRequest(pareto="accuracy,latency"), name=STUDY)  # first: its tasks have no definitions
    run = store.start_run({"suite": SUITE}, environment_record())
    for place, (name, good) in enumerate(subjects.items()):
        for task in tasks.values():
            evaluation = _evaluation(name, task)
            store.record(run, evaluation, *_results(evaluation, task, good, np.random.default_rng(place), answers))
    (first, good), again = next(iter(subjects.items())), tasks[_ANSWERED]
    later = replace(_evaluation(first, again, seed=1), started_at=NOON + _DAY)
    store.record(run, later, *_results(later, again, good, np.random.default_rng(len(subjects)), answers))
    store.end_run(run, RunStatus.FINISHED)
    for day, value in enumerate((0.9, 0.83, 0.7)):
        record_gate(store, _gate_run(later, value, NOON + day * _DAY))


def _gate_run(of: EvaluationRecord, value: float, started_at: datetime) -> GateRunRecord:
    """A gate of one rule, which a value above .85 passes, one below .75 fails, and one between leaves open."""
    low, high, bound = value - 0.05, value + 0.05, 0.8
    verdict = Verdict.PASS if low >= bound else Verdict.FAIL if high <= bound else Verdict.INCONCLUSIVE
    rule = GateRuleRecord(
        position=0,
        rule="accuracy.movies.accuracy >= 0.8",
        severity=Severity.ERROR,
        required=True,
        verdict=verdict,
        value=value,
        low=low,
        high=high,
        n=_N,
        unit="probability",
        bound=bound,
        minimum_detectable=None,
        message=f"{value:.3f} [{low:.3f}, {high:.3f}] against at least {bound:.3f}",
    )
    return GateRunRecord(
        gate=GATE,
        config={"rules": [rule.rule]},
        subject=of.subject.name,
        subject_identity=of.subject.identity,
        baseline="",
        verdict=verdict,
        started_at=started_at,
        rules=(rule,),
    )


def _evaluation(name: str, task: Task, *, seed: int = 0) -> EvaluationRecord:
    reason = NOT_MEASURED.get((name, task.name), "")
    status = Status.NOT_MEASURED if reason else Status.MEASURED
    made_up = evaluation_record(
        name,
        task.name,
        axis=task.axis,
        seed=seed,
        status=status,
        reason=reason,
        definition=task.model_dump(mode="json"),
    )
    version = protocol_of(task).version
    return replace(made_up, task=replace(made_up.task, protocol=task.protocol, protocol_version=version))


def _results(
    evaluation: EvaluationRecord, task: Task, good: float, draw: np.random.Generator, answers: int
) -> tuple[list[EstimateRecord], list[tuple[str, Mapping[str, Any]]]]:
    """Estimates of an evaluation, and what was seen."""
    if evaluation.status is not Status.MEASURED:
        nothing = Estimate.not_measured(evaluation.reason)
        return [EstimateRecord(METRICS[name], nothing) for name in task.metrics], []
    if task.name == _ANSWERED:
        observations = list(_answers(good, draw, answers))
        measured = protocol_of(task).estimate(observations)
        estimates = [EstimateRecord(each.metric, each.estimate, each.part) for each in measured]
        return estimates, [(each.example_id, each.data) for each in observations]
    goodness = 1 - good if task.axis is Axis.LATENCY else good
    return [EstimateRecord(METRICS[name], made_up(METRICS[name], goodness, draw)) for name in task.metrics], []


def _answers(good: float, draw: np.random.Generator, count: int) -> Iterator[Observation]:
    """Sentiments told rightly with probability (1 + good) / 2, surely or not."""
    labels = ("negative", "positive")
    for number in range(count):
        true = number % 2
        predicted = true if draw.random() < (1 + good) / 2 else 1 - true
        sure = draw.uniform(0.5, 0.99)
        scores = [math.log(sure if label == predicted else 1 - sure) for label in range(2)]
        data = {"label": true, "log_probabilities": scores, "true": labels[true], "predicted": labels[predicted]}
        yield Observation(f"test-{number}", data)


def made_up(metric: Metric, good: float, draw: np.random.Generator) -> Estimate:
    """An estimate whose utility lies near `good`, with an interval of a tenth of the scale.

    Args:
        metric: whose anchors are the ends of the scale.
        good: 0 at its worst, 1 at its best.
        draw: moves the value a little.
    """
    worst, best = (math.log(end) if metric.scale is Scale.LOG else end for end in (metric.worst, metric.best))
    share = float(np.clip(good + draw.normal(0, 0.05), 0.05, 0.95))
    low, value, high = sorted(worst + (best - worst) * (share + step) for step in (-0.05, 0, 0.05))
    if metric.scale is Scale.LOG:
        low, value, high = math.exp(low), math.exp(value), math.exp(high)
    return Estimate.measured(value, (low, high), n=_MANY, method="made up")
