"""Examples drawn again: what is shared cancels, what cannot be drawn again comes from its interval."""

import numpy as np
import pytest

from leaderboard.axes.accuracy import ACCURACY
from leaderboard.axes.axis import Axis
from leaderboard.ranking import example_draws as module
from leaderboard.ranking.example_draws import example_draws
from leaderboard.ranking.rank_intervals import over_examples
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.resampled import Resampled
from leaderboard.store.records import EstimateRecord
from leaderboard.store.results import EvaluationResult, SubjectResults
from tests.synthetic.records import evaluation_record

IDS = [f"test-{number}" for number in range(100)]
HARD = np.array([1.0] * 80 + [0.0] * 20)
"""80 examples are easy for both; the better subject gets 7 of the hard ones too."""
BETTER = np.array([1.0] * 87 + [0.0] * 13)


def subject(name, right):
    value = float(right.mean())
    half = 1.96 * (value * (1 - value) / 100) ** 0.5
    estimate = Estimate.measured(value, (value - half, value + half), n=100, method="normal 95 %")
    record = evaluation_record(name)
    evaluation = EvaluationResult(
        evaluation=record.identity,
        task=record.task,
        environment=record.environment,
        seed=0,
        limit=None,
        status=record.status,
        reason="",
        started_at=record.started_at,
        duration_s=1.0,
        estimates=(EstimateRecord(ACCURACY, estimate),),
        observe=list,
    )
    return SubjectResults(
        identity=record.subject.identity,
        name=name,
        label=name,
        model=record.model,
        recipe=record.recipe,
        evaluations=(evaluation,),
    )


BOTH = [subject("better", BETTER), subject("worse", HARD)]
SCORES = {each.evaluations[0].evaluation: right for each, right in zip(BOTH, (BETTER, HARD), strict=True)}


@pytest.fixture
def answered(monkeypatch):
    """The answers to each example are known."""

    def resampled(evaluation):
        return {("accuracy", ""): Resampled.mean(IDS, SCORES[evaluation.evaluation])}

    monkeypatch.setattr(module, "_resampled", resampled)


ACCURACY_ALONE = {axis: float(axis is Axis.ACCURACY) for axis in Axis}


def places(draws):
    intervals = over_examples(draws.values, weights=ACCURACY_ALONE)
    return list(zip(intervals.low.tolist(), intervals.high.tolist(), strict=True))


@pytest.mark.usefixtures("answered")
def test_who_is_right_wherever_the_other_is_stands_before_it_on_all_examples():
    draws = example_draws(BOTH, np.random.default_rng(0), draws=400)
    assert (draws.resampled, draws.numbers) == ((1, 1), (1, 1))
    assert (draws.values[:, 0, 0] >= draws.values[:, 1, 0]).all()
    assert draws.values[:, :, 0].std(axis=0) == pytest.approx([0.034, 0.04], abs=0.005)  # binomial, n = 100
    assert np.isnan(draws.values[:, :, list(Axis).index(Axis.BIAS)]).all()
    assert places(draws) == [(1, 1), (2, 2)]


def test_without_answers_the_intervals_alone_cannot_tell_them_apart():
    draws = example_draws(BOTH, np.random.default_rng(0), draws=400)
    assert (draws.resampled, draws.numbers) == ((0, 0), (1, 1))
    assert places(draws) == [(1, 2), (1, 2)]


def test_a_subject_of_which_nothing_is_known_has_no_place(answered):
    nothing = SubjectResults(
        identity="0" * 64, name="x", label="x", model=BOTH[0].model, recipe=BOTH[0].recipe, evaluations=()
    )
    draws = example_draws([BOTH[0], nothing], np.random.default_rng(0), draws=5)
    assert np.isnan(draws.values[:, 1]).all()
    assert np.isnan(over_examples(draws.values, weights=ACCURACY_ALONE).low).tolist() == [False, True]
