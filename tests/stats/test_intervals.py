import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from leaderboard.stats import intervals
from leaderboard.stats.estimate import Status


def test_wilson_of_45_in_50_is_the_published_interval():
    estimate = intervals.proportion(45, 50)
    assert estimate.value == 0.9
    assert (estimate.low, estimate.high) == pytest.approx((0.78640, 0.95652), abs=1e-5)


def test_a_proportion_of_nothing_is_not_measured():
    assert intervals.proportion(0, 0).status is Status.NOT_MEASURED


@pytest.mark.parametrize("k", [0, 7])
def test_a_proportion_at_its_bound_still_has_width(k):
    estimate = intervals.proportion(k, 7)
    assert estimate.high - estimate.low > 0.3
    assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1


def test_per_cent_scales_value_and_ends():
    assert intervals.proportion(45, 50, scale=100).low == pytest.approx(78.640, abs=1e-3)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_proportion_lies_in_its_interval(counts):
    k, n = counts
    estimate = intervals.proportion(k, n)
    assert estimate.low - 1e-12 <= estimate.value <= estimate.high + 1e-12


def test_mean_agrees_with_scipy():
    values = [1.0, 2.0, 4.0, 9.0]
    expected = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    estimate = intervals.mean(values)
    assert (estimate.value, estimate.low, estimate.high) == pytest.approx((4.0, expected.low, expected.high))


def test_one_value_has_a_mean_without_an_interval():
    estimate = intervals.mean([3.0])
    assert (estimate.value, estimate.low, estimate.n) == (3.0, None, 1)


def test_the_mean_of_nothing_is_not_measured():
    assert intervals.mean([]).status is Status.NOT_MEASURED


def test_a_mean_with_a_nan_is_not_measured():
    assert intervals.mean([1.0, float("nan")]).status is Status.NOT_MEASURED


def test_bootstrap_of_a_mean_agrees_with_theory():
    sample = np.random.default_rng(1).normal(size=400)
    estimate = intervals.bootstrap(lambda x: float(x.mean()), sample)
    theory = intervals.mean(sample)
    assert (estimate.low, estimate.high) == pytest.approx((theory.low, theory.high), abs=0.02)


def test_bootstrap_is_the_same_every_time():
    sample = np.arange(20.0)
    assert intervals.bootstrap(np.median, sample) == intervals.bootstrap(np.median, sample)


def test_clustered_rows_give_a_wider_interval_than_independent_ones():
    levels = np.repeat(np.random.default_rng(0).normal(size=20), 10)
    plain = intervals.bootstrap(lambda x: float(x.mean()), levels)
    clustered = intervals.bootstrap(lambda x: float(x.mean()), levels, clusters=np.repeat(np.arange(20), 10))
    assert clustered.n == 20
    assert clustered.high - clustered.low > 2 * (plain.high - plain.low)


def test_bootstrap_leaves_undefined_resamples_out():
    def ratio(x):
        return float(x.mean()) if x.min() < 1 else float("nan")

    estimate = intervals.bootstrap(ratio, np.array([0.0, 1.0]))
    assert estimate.status is Status.MEASURED
    assert 0 <= estimate.low <= estimate.high <= 0.5


def test_bootstrap_of_nothing_is_not_measured():
    assert intervals.bootstrap(np.mean, np.empty(0)).status is Status.NOT_MEASURED


def test_bootstrap_of_one_row_has_no_interval():
    assert intervals.bootstrap(lambda x: float(x[0]), np.array([2.0])).low is None


def test_quantile_is_withheld_below_its_minimum():
    estimate = intervals.quantile(np.arange(200.0), 0.99, minimum_n=500)
    assert estimate.status is Status.NOT_MEASURED
    assert "500" in estimate.reason
    assert "200" in estimate.reason


def test_median_of_an_odd_sample_is_the_middle_value():
    assert intervals.quantile([5.0, 1.0, 3.0], 0.5).value == 3.0


def test_order_statistics_cover_the_true_quantile_as_often_as_promised():
    rng = np.random.default_rng(3)
    hits = 0
    for _ in range(400):
        estimate = intervals.quantile(rng.random(100), 0.9)
        hits += estimate.low <= 0.9 <= estimate.high
    assert hits / 400 > 0.92
