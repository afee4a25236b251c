import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.axes.accuracy.selective import aurc, resampled_aurc, risk_coverage_area
from leaderboard.stats.estimate import Status


def answers(*pairs):
    """Return probabilities of two classes and truths, from (confidence, is right)."""
    confidence = np.array([confidence for confidence, _ in pairs])
    return np.column_stack([1 - confidence, confidence]), np.array([int(right) for _, right in pairs], dtype=np.intp)


def area(*pairs):
    probabilities, truth = answers(*pairs)
    ids = [str(index) for index in range(len(truth))]
    return resampled_aurc(ids, probabilities, truth).value(np.ones((1, len(truth))))[0]


def test_the_area_by_hand():
    # right, wrong, right, wrong from the most confident: (0/1 + 1/2 + 1/3 + 2/4) / 4
    assert area((0.9, True), (0.8, False), (0.7, True), (0.6, False)) == pytest.approx((1 / 2 + 1 / 3 + 1 / 2) / 4)


@given(st.lists(st.tuples(st.sampled_from([0.6, 0.7, 0.8]), st.booleans()), min_size=1, max_size=6))
def test_equal_confidences_are_in_random_order(pairs):
    def one_order(order):
        wrong = np.cumsum([not right for _, right in order])
        return np.mean(wrong / np.arange(1, len(order) + 1))

    falling = sorted((confidence for confidence, _ in pairs), reverse=True)
    orders = [each for each in itertools.permutations(pairs) if [confidence for confidence, _ in each] == falling]
    assert area(*pairs) == pytest.approx(np.mean([one_order(order) for order in orders]))


def test_an_answer_that_counts_twice_is_two_answers_of_equal_confidence():
    probabilities, truth = answers((0.9, False), (0.8, True), (0.7, True))
    statistic = resampled_aurc(["a", "b", "c"], probabilities, truth)
    twice = area((0.9, False), (0.8, True), (0.8, True))
    assert statistic.value(np.array([[1.0, 2.0, 0.0]]))[0] == pytest.approx(twice)


def test_nothing_counted_is_undefined():
    assert np.isnan(risk_coverage_area(np.zeros((1, 2)), np.zeros((1, 2)))[0])


def test_one_confidence_for_all_has_the_error_rate():
    pairs = [(0.75, index % 4 > 0) for index in range(200)]
    estimate = aurc(*answers(*pairs))
    assert estimate.value == pytest.approx(0.25)
    assert estimate.low < 0.25 < estimate.high


def test_errors_at_the_end_of_the_order_cost_least():
    right, wrong = [(0.9, True)] * 150, [(0.6, False)] * 50
    expected = sum(index / (150 + index) for index in range(1, 51)) / 200
    assert aurc(*answers(*right, *wrong)).value == pytest.approx(expected)
    assert aurc(*answers(*[(0.9, False)] * 50, *[(0.6, True)] * 150)).value > 0.25


def test_without_errors_it_is_0_and_has_no_interval():
    estimate = aurc(*answers(*[(0.6 + index / 1000, True) for index in range(120)]))
    assert (estimate.value, estimate.low) == (0.0, None)


@pytest.mark.parametrize(("n", "reason"), [(0, "no examples"), (1, "needs 100"), (99, "needs 100 examples, has 99")])
def test_too_few_examples(n, reason):
    estimate = aurc(np.full((n, 2), 0.5), np.zeros(n, dtype=np.intp))
    assert estimate.status is Status.NOT_MEASURED
    assert reason in estimate.reason


def test_a_probability_that_is_no_number_is_not_measured():
    probabilities = np.full((120, 2), 0.5)
    probabilities[3] = np.nan
    assert "not finite" in aurc(probabilities, np.zeros(120, dtype=np.intp)).reason


@pytest.mark.slow
def test_intervals_hold_the_value_of_the_population():
    rng = np.random.default_rng(0)

    def sample(n):
        confidence = rng.uniform(0.5, 1, n)
        return np.column_stack([1 - confidence, confidence]), (rng.random(n) < confidence).astype(np.intp)

    probabilities, truth = sample(200_000)
    population = resampled_aurc([str(index) for index in range(len(truth))], probabilities, truth)
    value = population.value(np.ones((1, len(truth))))[0]
    estimates = [aurc(*sample(150)) for _ in range(100)]
    assert np.mean([each.low <= value <= each.high for each in estimates]) >= 0.88
