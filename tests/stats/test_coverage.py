"""Intervals that promise 95 % hold the truth about as often: a part of `benchmarks/coverage.py`, with fewer samples."""

import numpy as np
import pytest

from leaderboard.axes.accuracy.metrics import brier_scores
from leaderboard.stats.intervals import bootstrap_of_rows, mean
from tests.synthetic.coverage import Situation, simulate
from tests.synthetic.situations import answers, of_calibration, of_confusion, of_values, situations

DRAWS = 250


CASES = (
    ("brier", "confidence 0.999, 0.99 right", 50),
    ("macro_f1", "2 classes, .99 right", 50),
    ("bounded mean", "mostly 0", 30),
    ("backward_transfer", "0.02 lost, 0.0 gained", 100),
    ("attack_auc", "AUC 0.6, members spread 3 times as wide, 100 : 900", 1000),
    ("leak_auc", "attacks of AUC 0.6 and 0.55, correlation 0.5", 100),
    ("brier", "confidence 0.999, 0.99 right", 200),
    ("macro_f1", "rare class of .05", 50),
    ("macro_f1", "3 classes of .60, .35, .05", 50),
    ("mcc", "rare class of .05", 100),
    ("bounded mean", "skewed: Beta(.2, 2)", 30),
    ("ece", "spread confidences, off by 0.0", 200),
    ("ece", "spread confidences, off by 0.02", 200),
    ("ece", "sure model, off by 0.02", 200),
    ("span_f1", "sentences of few spans, .97 found", 50),
    ("ood_accuracy", "home 0.98, elsewhere 0.97, 0.99", 100),
    ("ood_drop", "home 0.98, elsewhere 0.97, 0.99", 100),
    ("attack_auc", "AUC 0.8, members spread 1 times as wide, 20 : 180", 200),
    ("attack_tpr_at_1pct_fpr", "AUC 0.76, members spread 1 times as wide", 400),
    ("leak_auc", "attacks of AUC 0.6 and 0.5, correlation 0.0", 400),
    ("bias_question_score", "able, with a stereotype", 30),
    ("question_bias_disambiguated", "at random", 30),
    ("coreference_score", "by the stereotype, 4 sentences a pair", 50),
    ("equalized_odds_difference", "5 groups, one .2 apart", 300),
    ("toxicity_gap", "3 groups, one .1 apart", 20),
)


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES, ids=str)
def test_intervals_hold_the_truth_as_often_as_they_promise(name):
    (situation,) = (each for each in situations() if (each.metric, each.label, each.n) == name)
    coverage = simulate(situation, DRAWS)
    assert not coverage.contradicts(), coverage
    assert coverage.withheld < 0.1


def test_intervals_are_no_wider_than_they_need_to_be():
    """Where there are many examples, and none is rare, all methods agree: 2 · 1.96 standard errors."""
    values = of_values("mean", "many", 1000, lambda rng, n: rng.beta(5, 5, n))
    assert simulate(values, 20).width == pytest.approx(2 * 1.96 * np.sqrt(1 / 44 / 1000), rel=0.05)
    f1 = of_confusion("macro_f1", "many", answers([0.5, 0.5], 0.8), 1000)
    assert simulate(f1, 20).width == pytest.approx(2 * 1.96 * np.sqrt(0.8 * 0.2 / 1000), rel=0.06)


def test_percentiles_of_a_sure_models_resamples_are_found_out():
    """Half the samples of 50 have no wrong answer, and then all resamples agree: .39 of all hold the truth."""
    probabilities = np.tile([0.001, 0.999], (50, 1))

    def draw(rng):
        scores = brier_scores(probabilities, (rng.random(50) < 0.99).astype(np.intp))
        return bootstrap_of_rows(lambda sums: sums[:, 0] / 50, scores[:, None])

    coverage = simulate(Situation("brier", "percentiles", 50, 0.01996, draw), 40)
    assert coverage.withheld > 0.4


def test_too_narrow_an_interval_contradicts_its_promise():
    coverage = simulate(Situation("mean", "lognormal", 10, 1.6487, lambda rng: mean(rng.lognormal(size=10))), DRAWS)
    assert coverage.contradicts()
    assert coverage.below > 10 * max(1, coverage.above)


def test_the_true_calibration_error_of_the_simulation_is_what_was_put_in():
    simulation = of_calibration("off", 100, lambda rng, n: (np.full(n, 0.9), np.full(n, 0.85)))
    assert simulation.truth == pytest.approx(0.05)
