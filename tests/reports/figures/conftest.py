from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from leaderboard.axes.axis import Axis
from leaderboard.axes.catalogue import METRICS
from leaderboard.mitigations.ranges import Choice
from leaderboard.ranking.conditions import Condition
from leaderboard.ranking.terms import Term
from leaderboard.store.records import StudyMode, TrialRecord, TrialState
from leaderboard.studies.bases import bases
from leaderboard.studies.definition import Definition
from leaderboard.studies.goals import Goal
from leaderboard.studies.space import Space
from leaderboard.studies.stored_study import StoredStudy, score
from tests.synthetic.records import NOON, study_record, trial_record

NAME = "a <b>bold</b> study & its very long name that somebody typed without a thought for those who draw it"
MARKED = "<b>by a friend</b> in three languages, there & back"
"""A choice, as a space of somebody's own may have it."""
METRIC_OF = {
    Axis.ACCURACY: "accuracy",
    Axis.OOD: "ood_accuracy",
    Axis.BIAS: "relative_counterfactual_gap",
    Axis.PRIVACY: "leak_auc",
    Axis.LATENCY: "latency_ratio",
    Axis.EXPLAINABILITY: "faithfulness",
}
TASK = "my <b>task</b>"
LAYERS = 6


def space(base: str = "probe") -> Space:
    levers = bases.get(base).levers(LAYERS)
    others = {"teacher_share", "softening", "student_layers", "mask_inputs", "facts", "retriever", "query_choices"}
    names = [name for name, lever in levers.items() if name not in others and not lever.instead_of]
    searched = {name: levers[name].range for name in names}
    searched["augment"] = Choice(choices=("none", "typos", MARKED))
    return Space(base, LAYERS, searched, {})


def goal(mode: StudyMode, terms: Sequence[str], *, constraint: str | None = "privacy >= 0.55") -> Goal:
    conditions = [Condition.parse(constraint)] if constraint else []
    if constraint:
        conditions.append(Condition(Term(Axis.OOD, METRICS["ood_accuracy"], TASK), *_at_least("ood >= 0.4")))
    weights = tuple(1.0 for _ in terms) if mode is StudyMode.WEIGHTED else ()
    # effects on each axis are put in one by one, so that none may come through accuracy
    return Goal(mode, tuple(map(Term.parse, terms)), weights, conditions=tuple(conditions), proportional=False)


def _at_least(text: str):
    parsed = Condition.parse(text)
    return parsed.comparison, parsed.bound


def row(axis: Axis, value: float, width: float) -> Mapping[str, object]:
    metric = METRICS[METRIC_OF[axis]]
    return {
        "axis": axis.value,
        "task": TASK if axis is Axis.OOD else f"{axis}_task",
        "metric": metric.name,
        "value": value,
        "low": value - width,
        "high": value + width,
        "n": 1000,
        "unit": metric.unit,
        "headline": True,
        "status": "measured",
        "reason": "",
        "evaluated_at": NOON,
        "task_version": 1,
    }


def measured(parameters: Mapping[str, object], rng: np.random.Generator, noise: float = 0.008) -> list[dict]:
    """What a trial of that space gives: noise helps privacy and costs accuracy, and so on; the rest is chance."""
    on = float(parameters["dp_noise"]) / 2
    fair = float(parameters["counterfactual_share"])
    dropped = int(parameters["drop_layers"])
    changed = float(parameters["augment"] != "none")
    penalty = abs(np.log10(float(parameters.get("c", 1.0)))) / 3
    e = rng.normal(0, noise, 6)
    values = {
        Axis.ACCURACY: 0.86 - 0.12 * on - 0.02 * fair - 0.03 * dropped - 0.06 * penalty + e[0],
        Axis.OOD: 0.72 + 0.05 * changed - 0.08 * on - 0.02 * dropped + e[1],
        Axis.BIAS: 0.30 - 0.12 * fair + e[2],
        Axis.PRIVACY: 0.74 - 0.16 * on - 0.02 * changed + e[3],
        Axis.LATENCY: 1.6 * 0.82**dropped * np.exp(e[4]),
        Axis.EXPLAINABILITY: 0.66 + e[5],
    }
    return [row(axis, float(value), 0.12 if axis is Axis.LATENCY else 0.018) for axis, value in values.items()]


def built(
    mode: StudyMode = StudyMode.PARETO,
    terms: Sequence[str] = ("accuracy", "bias"),
    *,
    trials: int = 60,
    base: str = "probe",
    constraint: str | None = "privacy >= 0.55",
    seed: int = 0,
) -> StoredStudy:
    """A search as it could be: every twelfth trial failed, every ninth was stopped early; a variant follows each third.

    Trial 0 has everything off and five of the best are finalists.
    """
    rng = np.random.default_rng(seed)
    searched_space, looked_for = space(base), goal(mode, terms, constraint=constraint)
    definition = Definition(model="m", suite="s", mode=mode, terms=tuple(terms), space=searched_space.to_json())
    records: list[TrialRecord] = []
    searched = {}
    baseline: list[dict] = []
    for number in range(trials):
        parameters, parent = _parameters(searched_space, records, number, rng)
        rows = measured(parameters, rng)
        baseline = baseline or rows
        scored = score(looked_for, rows, baseline, {})
        record = trial_record(number, parameters=parameters, parent=parent, losses=(), violations={}, recipe={})
        if number and number % 12 == 0:
            record = _changed(record, TrialState.FAILED, "RuntimeError: the loss is <i>not</i> a number", subject=None)
        elif number and number % 9 == 0:
            record = _changed(record, TrialState.PRUNED, "worse than trial 0, seen on 64 examples (probability 0.97)")
            searched[number] = scored
        else:
            losses = tuple(each.value for each in scored.losses)
            record = trial_record(
                number, parameters=parameters, parent=parent, losses=losses, violations=scored.violations, recipe={}
            )
            searched[number] = scored
        records.append(record)
    return finished(StoredStudy(study_record(NAME, mode=mode), definition, looked_for, tuple(records), searched), rng)


def finished(study: StoredStudy, rng: np.random.Generator) -> StoredStudy:
    """With trial 0 and four of the front scored on held-out data, a little worse than they looked."""
    chosen = {each.number: each for each in [*study.complete[:1], *study.front[:4]]}
    rows = {number: measured(each.parameters, rng, 0.015) for number, each in chosen.items()}
    held_out = {number: score(study.goal, each, rows[0], {}) for number, each in rows.items()}
    return StoredStudy(study.record, study.definition, study.goal, study.trials, study.searched, held_out)


def _parameters(searched: Space, records: Sequence[TrialRecord], number: int, rng: np.random.Generator):
    off = searched.off
    if number == 0:
        return off, None
    if number % 3 == 0 and records[-1].parent is None and records[-1].number:
        name = "temperature" if number % 2 else "drop_layers"
        before = dict(records[-1].parameters)
        return before | {name: searched.searched[name].drawn(rng, before[name])}, records[-1].number
    return {
        name: values.drawn(rng, off[name]) if rng.random() < 0.5 else off[name]
        for name, values in searched.searched.items()
    }, None


def _changed(record: TrialRecord, state: TrialState, reason: str, subject: str | None = "kept") -> TrialRecord:
    return trial_record(
        record.number,
        state=state,
        reason=reason,
        parameters=record.parameters,
        parent=record.parent,
        recipe={},
        losses=(),
        violations={},
        subject=record.subject if subject else None,
    )


@pytest.fixture(scope="session")
def two() -> StoredStudy:
    """Two objectives, 60 trials."""
    return built()


@pytest.fixture(scope="session")
def three() -> StoredStudy:
    """Three objectives, 40 trials."""
    return built(terms=("accuracy", "bias", "latency"), trials=40)


@pytest.fixture(scope="session")
def one() -> StoredStudy:
    """One objective in its own unit under two constraints, 40 trials."""
    return built(StudyMode.CONSTRAINED, ("latency_ratio",), trials=40)


@pytest.fixture(scope="session")
def weighted() -> StoredStudy:
    """A weighted sum, 40 trials."""
    return built(StudyMode.WEIGHTED, ("accuracy", "bias"), trials=40)


@pytest.fixture(scope="session")
def infeasible() -> StoredStudy:
    """Nothing keeps to the constraint."""
    return built(constraint="privacy >= 0.99", trials=30)


@pytest.fixture(params=[0, 1, 2])
def few(request) -> StoredStudy:
    """None, one, two trials."""
    return built(trials=request.param)
