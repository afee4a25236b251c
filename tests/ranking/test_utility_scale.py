import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.axes.accuracy import ACCURACY, BRIER
from leaderboard.axes.bias import STEREOTYPE_PREFERENCE
from leaderboard.axes.catalogue import METRICS
from leaderboard.axes.explainability import FAITHFULNESS
from leaderboard.axes.latency import LATENCY_RATIO, THROUGHPUT
from leaderboard.axes.privacy import ATTACK_AUC, LEAK_AUC
from leaderboard.errors import RequestError
from leaderboard.ranking.utility_scale import UtilityAnchors, task_anchors, utility, utility_interval
from tests.in_one_test import in_one_test

metrics = st.sampled_from(sorted(METRICS.values(), key=lambda metric: metric.name))
values = st.floats(-1e12, 1e12)


@in_one_test(
    "metric, value, expected",
    [
        (ACCURACY, 0.0, 0.0),
        (ACCURACY, 0.8, 0.8),
        (BRIER, 0.5, 0.75),  # lower is better, from 2 to 0
        (BRIER, 3.0, 0.0),
        (LATENCY_RATIO, 1.0, 0.5),  # log scale, as slow as the reference
        (LATENCY_RATIO, 4.0, 0.25),
        (LATENCY_RATIO, 1 / 64, 1.0),
        (LATENCY_RATIO, 0.0, 1.0),
        (THROUGHPUT, 0.0, 0.0),
        (THROUGHPUT, 1000.0, 0.6),
        (LEAK_AUC, 0.5, 1.0),
        (LEAK_AUC, 0.75, 0.5),
        (LEAK_AUC, 0.47, 1.0),  # no leak, and no reward for luck
        (ATTACK_AUC, 0.75, 0.5),
        (ATTACK_AUC, 0.25, 0.5),  # as far from the target on the other side
        (FAITHFULNESS, 0.5, 0.0),  # a random order of words
        (FAITHFULNESS, 0.8, 0.6),
        (STEREOTYPE_PREFERENCE, 60.48, 1 - 10.48 / 50),
    ],
)
def test_utility_by_hand(metric, value, expected):
    assert utility(metric, value) == pytest.approx(expected, abs=1e-12)


def test_anchors_of_a_task_take_the_place_of_the_catalogues():
    assert utility(ACCURACY, 0.75, UtilityAnchors(worst=0.5, best=1.0)) == 0.5
    assert utility(ACCURACY, 0.4, UtilityAnchors(worst=0.5, best=1.0)) == 0.0


@given(metrics)
def test_anchors_of_the_catalogue_have_utility_0_and_1(metric):
    assert utility(metric, metric.worst) == pytest.approx(0.0, abs=1e-12)
    assert utility(metric, metric.best) == pytest.approx(1.0, abs=1e-12)


@given(metrics, values)
def test_utility_lies_between_0_and_1(metric, value):
    assert 0.0 <= utility(metric, value) <= 1.0


@given(metrics, values, values, values)
def test_interval_of_utilities_holds_the_utility_and_that_of_every_value_inside(metric, first, second, third):
    low, value, high = sorted((first, second, third))
    interval = utility_interval(metric, value, low, high)
    assert interval.low <= interval.value <= interval.high
    for inside in (low, high, (low + high) / 2):
        assert interval.low <= utility(metric, min(max(inside, low), high)) <= interval.high


def test_interval_ends_change_places_where_lower_is_better():
    interval = utility_interval(BRIER, 0.4, 0.2, 1.0)
    assert (interval.low, interval.value, interval.high) == pytest.approx((0.5, 0.8, 0.9))


def test_interval_around_the_target_reaches_utility_1():
    interval = utility_interval(ATTACK_AUC, 0.55, 0.45, 0.65)
    assert (interval.low, interval.value, interval.high) == pytest.approx((0.7, 0.9, 1.0))


def test_interval_beside_the_target_does_not():
    interval = utility_interval(ATTACK_AUC, 0.7, 0.6, 0.8)
    assert (interval.low, interval.value, interval.high) == pytest.approx((0.4, 0.6, 0.8))


def test_exact_value_has_no_width():
    interval = utility_interval(ACCURACY, 0.3, None, None)
    assert (interval.low, interval.value, interval.high) == (0.3, 0.3, 0.3)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_value_that_is_not_finite_has_no_utility(value):
    with pytest.raises(ValueError, match="finite"):
        utility(ACCURACY, value)


def test_anchors_without_a_scale_between_them_are_refused():
    with pytest.raises(RequestError, match="must differ"):
        utility(ACCURACY, 0.5, UtilityAnchors(0.5, 0.5))
    with pytest.raises(RequestError, match="positive"):
        utility(LATENCY_RATIO, 0.5, UtilityAnchors(16.0, 0.0))
    with pytest.raises(RequestError, match="must differ"):
        utility(replace(ATTACK_AUC, worst=0.5), 0.5)


def test_anchors_are_read_from_task_definitions():
    definitions = {
        "sst2": {"anchors": {"accuracy": {"worst": 0.5, "best": 1}, "gone": {"worst": 0, "best": 1}}},
        "qa": {"anchors": None},
        "old": {},
    }
    assert task_anchors(definitions) == {("sst2", "accuracy"): UtilityAnchors(0.5, 1.0)}
