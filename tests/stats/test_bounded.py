import math

import numpy as np
import pytest
import scipy
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.stats.bounded import bounded_mean, bounded_of_sums, half_of_each, half_of_one, score_interval, wilson
from leaderboard.stats.estimate import Status
from leaderboard.stats.intervals import mean, proportion

shares = st.lists(st.floats(0, 1), min_size=1, max_size=30)


@pytest.mark.parametrize(("right", "n"), [(0, 50), (1, 50), (25, 50), (50, 50), (198, 200)])
def test_of_right_and_wrong_answers_it_is_the_interval_of_jeffreys(right, n):
    """Ends of Beta(k + ½, n - k + ½), and the value where that is further out."""
    estimate = bounded_mean([1.0] * right + [0.0] * (n - right), (0.0, 1.0))
    ends = scipy.stats.beta.ppf([0.025, 0.975], right + 0.5, n - right + 0.5)
    assert (estimate.value, estimate.n) == (right / n, n)
    assert estimate.low == pytest.approx(min(ends[0], right / n) if right else 0.0, abs=0.012)
    assert estimate.high == pytest.approx(max(ends[1], right / n) if right < n else 1.0, abs=0.012)


def test_of_many_values_in_the_middle_it_is_students():
    sample = np.random.default_rng(0).beta(5, 5, 2000)
    ours, theirs = bounded_mean(sample, (0.0, 1.0)), mean(sample)
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.001)


@given(shares)
def test_it_stays_within_the_bounds_and_holds_the_value(values):
    estimate = bounded_mean(values, (0.0, 1.0))
    assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1
    assert estimate.high > estimate.low


@pytest.mark.parametrize("n", [1, 2, 30])
def test_values_that_all_agree_say_less_the_fewer_they_are(n):
    estimate = bounded_mean([0.5] * n, (0.0, 1.0))
    assert estimate.value == 0.5
    assert estimate.high - estimate.low > 0.8 / (n + 1)


def test_a_scale_scales_value_and_ends():
    one, other = bounded_mean([0.1, 0.5, 0.9], (0.0, 1.0)), bounded_mean([10.0, 50.0, 90.0], (0.0, 100.0))
    assert (other.low, other.value, other.high) == pytest.approx((100 * one.low, 100 * one.value, 100 * one.high))


def test_the_order_of_values_does_not_matter():
    values = np.random.default_rng(0).random(40)
    assert bounded_mean(values, (0, 1)) == bounded_mean(values[::-1], (0, 1))


def test_values_of_one_cluster_count_as_one():
    values = np.repeat(np.random.default_rng(0).random(20), 10)
    alone, together = bounded_mean(values, (0, 1)), bounded_mean(values, (0, 1), clusters=np.repeat(np.arange(20), 10))
    assert (together.n, alone.n) == (20, 200)
    assert together.value == pytest.approx(alone.value)
    assert together.high - together.low > 2 * (alone.high - alone.low)


def test_no_values_and_what_is_no_number_are_not_measured():
    assert bounded_mean([], (0, 1)).reason == "no examples"
    assert bounded_mean([0.5, math.nan], (0, 1)).status is Status.NOT_MEASURED


def test_a_value_out_of_bounds_is_refused():
    with pytest.raises(ValueError, match=r"values from 0.5 to 1.5 are not between 0 and 1"):
        bounded_mean([0.5, 1.5], (0, 1))


def test_more_examples_than_are_weighted_at_once_give_the_same_law():
    rng = np.random.default_rng(0)
    many = bounded_mean(rng.random(3000), (0, 1))  # in two batches
    assert many.high - many.low == pytest.approx(2 * 1.96 / math.sqrt(12 * 3000), rel=0.06)


def test_what_is_undefined_is_not_measured_and_leaves_the_others_known():
    rows = np.array([[1.0, 0.0], [3.0, 0.0]])
    unseen = half_of_each(np.zeros((1, 2)))
    one, other = bounded_of_sums(lambda sums: sums / sums[..., ::-1] * [0, 1], rows, unseen, unseen)
    assert (one.status, other.value) == (Status.NOT_MEASURED, 0.0)


def test_one_of_adds_another_row_in_each_draw_and_each_of_all_of_them():
    rows, rng = np.eye(3), np.random.default_rng(0)
    assert ((half_of_one(rows)(rng, 100) > 0).sum(axis=1) == 1).all()
    assert ((half_of_each(rows)(rng, 100) > 0).sum(axis=1) == 3).all()
    assert half_of_each(rows)(rng, 20_000).mean() == pytest.approx(0.5, abs=0.02)


def test_wilson_of_a_whole_number_is_the_published_interval():
    assert wilson(0.9, 50) == pytest.approx((0.78640, 0.95652), abs=1e-5)
    assert wilson(0.9, 50, confidence=0.9)[0] > 0.79


def test_the_standard_error_of_a_proportion_gives_wilsons_interval():
    exact = proportion(45, 50, scale=100)
    ends = score_interval(90.0, 100 * math.sqrt(0.9 * 0.1 / 50), (0.0, 100.0), n=50)
    assert ends == pytest.approx((exact.low, exact.high))


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_an_error_of_0_at_a_bound_is_as_wide_as_all_right_or_all_wrong(value):
    exact = proportion(int(20 * value), 20)
    assert score_interval(value, 0.0, (0.0, 1.0), n=20) == pytest.approx((exact.low, exact.high))


def test_chrf_of_two_texts_does_not_go_below_0():
    low, high = score_interval(4.55, 2.82, (0.0, 100.0), n=2)
    assert 0 < low < 4.55 < high < 100


def test_above_one_bound_it_is_that_of_the_logarithm():
    assert score_interval(3.0, 0.5, (1.0, math.inf), n=9) == pytest.approx(
        (1 + 2 / math.exp(1.96 * 0.25), 1 + 2 * math.exp(1.96 * 0.25)), rel=1e-4
    )
    assert score_interval(1.0, 0.0, (1.0, math.inf), n=9) is None


def test_without_bounds_it_is_normal():
    assert score_interval(-2.0, 1.0, (-math.inf, math.inf), n=9) == pytest.approx((-3.96, -0.04), abs=1e-3)
