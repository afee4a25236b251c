"""Made-up searches on the suite `demo`, for tests of what reads studies: plain numbers, no model behind them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from leaderboard.axes.catalogue import METRICS
from leaderboard.data.portions import Portion
from leaderboard.mitigations.ranges import Range, Real, Whole
from leaderboard.stats.estimate import Estimate
from leaderboard.store.records import EstimateRecord, RunStatus, TrialRecord, TrialState
from leaderboard.store.repository import Store
from leaderboard.store.studies import create_study, write_trial
from leaderboard.studies.bases import bases
from leaderboard.studies.definition import Definition
from leaderboard.studies.goal_request import GoalRequest
from leaderboard.studies.space import Space
from leaderboard.studies.stored_study import stored_study
from leaderboard.tasks import default_catalogue
from tests.synthetic.records import NOON, environment_record, evaluation_record, model_record, study_record

SUITE = "demo"
_N = 400


@dataclass(frozen=True)
class Scores:
    """What a subject is said to score: shares, seconds and a ratio to the reference."""

    accuracy: float
    gap: float
    p95: float
    ratio: float


@dataclass(frozen=True)
class Tried:
    """A trial as a test wants it; one without scores on the search portion ended early."""

    c: float
    layer: int
    searched: Scores | None = None
    held_out: Scores | None = None
    state: TrialState = TrialState.COMPLETE
    reason: str = ""


OFF = Tried(1.0, 2, Scores(0.80, 0.20, 0.020, 1.0), Scores(0.78, 0.21, 0.021, 1.0))
FASTER = Tried(0.1, 1, Scores(0.78, 0.18, 0.012, 0.5), Scores(0.75, 0.19, 0.013, 0.5))
WORSE = Tried(0.01, 1, Scores(0.60, 0.25, 0.019, 0.9))
PRUNED = Tried(5.0, 1, None, None, TrialState.PRUNED, "worse than the front after 64 examples (probability 0.97)")
FAILED = Tried(0.001, 2, None, None, TrialState.FAILED, "no memory")


def two_lever_space() -> Space:
    """A probe of two layers with two levers."""
    ranges: Mapping[str, Range] = {"layer": Whole(low=1, high=2), "c": Real(low=1e-3, high=10, log=True)}
    levers = bases.get("probe").levers(2)
    fixed = {name: levers[name].off for name in levers if name not in ranges}
    return Space("probe", 2, ranges, fixed)


def write_search(
    store: Store,
    goal: GoalRequest,
    tried: Sequence[Tried] = (OFF, FASTER, WORSE, PRUNED, FAILED),
    *,
    name: str = "better",
) -> None:
    """Keep a study with these trials, by number, and all that they scored."""
    catalogue = default_catalogue()
    settings = goal.settings(catalogue.suite_tasks(SUITE))
    definition = Definition(model="package:tiny", suite=SUITE, space=two_lever_space().to_json(), **settings)
    definition_json = definition.model_dump(mode="json")
    create_study(
        store, study_record(name, mode=definition.mode, model=model_record("tiny"), definition=definition_json)
    )
    run_id = store.start_run({}, environment_record())
    trials = [_trial(store, run_id, f"{name}-{number}", number, each) for number, each in enumerate(tried)]
    store.end_run(run_id, RunStatus.FINISHED)
    unknown = (0.0,) * len(definition.goal(catalogue.suite_tasks(SUITE)).objectives)
    for trial in trials:
        write_trial(store, name, replace(trial, losses=unknown if trial.state is TrialState.COMPLETE else ()))
    study = stored_study(store, catalogue, name)
    for trial in study.complete:
        scored = study.searched[trial.number]
        losses = tuple(each.value for each in scored.losses or ())
        write_trial(store, name, replace(trial, losses=losses, violations=scored.violations))


def _trial(store: Store, run_id: int, subject: str, number: int, tried: Tried) -> TrialRecord:
    identity = None
    for portion, scores in ((Portion.SEARCH, tried.searched), (Portion.HELD_OUT, tried.held_out)):
        if scores is not None:
            identity = _measure(store, run_id, subject, portion, scores)
    return TrialRecord(
        number=number,
        state=tried.state,
        reason=tried.reason,
        parameters={"layer": tried.layer, "c": tried.c},
        recipe={"recipe": "probe", "layer": tried.layer, "c": tried.c, "version": 1},
        subject=identity,
        finalist=tried.held_out is not None,
        started_at=NOON + timedelta(minutes=number),
        ended_at=NOON + timedelta(minutes=number, seconds=30),
    )


def _measure(store: Store, run_id: int, subject: str, portion: Portion, scores: Scores) -> str:
    by_task = {
        "movies": {"accuracy": scores.accuracy},
        "counterfactual_movies": {"relative_counterfactual_gap": scores.gap},
        "latency_movies": {"latency_p95": scores.p95, "latency_ratio": scores.ratio},
    }
    identity = ""
    for task, values in by_task.items():
        axis = METRICS[next(iter(values))].axis
        evaluation = evaluation_record(subject, task, axis=axis, portion=portion)
        estimates = [EstimateRecord(METRICS[name], _estimate(value)) for name, value in values.items()]
        store.record(run_id, evaluation, estimates, [])
        identity = evaluation.subject.identity
    return identity


def _estimate(value: float) -> Estimate:
    return Estimate.measured(value, (0.95 * value, 1.05 * value), n=_N, method="made up")
