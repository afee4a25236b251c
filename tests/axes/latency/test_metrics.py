import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.axes.latency.metrics import percentile, ratio, throughput
from leaderboard.stats.estimate import Status


def test_percentile_of_known_samples():
    estimate = percentile(np.arange(1.0, 102.0), 0.9, minimum_n=50)
    assert estimate.value == 91.0
    assert (estimate.low, estimate.high) == (85.0, 97.0)  # binomial(101, .9) is in 85…96 in 95 % of cases
    assert estimate.n == 101


def test_percentile_below_its_minimum_is_withheld_with_both_numbers():
    estimate = percentile(np.ones(200), 0.99, minimum_n=500)
    assert estimate.status is Status.NOT_MEASURED
    assert estimate.reason == "withheld: needs 500 samples, has 200"


def test_percentile_of_nothing_is_not_measured():
    assert percentile(np.empty(0), 0.5, minimum_n=30).reason == "no samples"


def test_ratio_cancels_a_machine_that_slows_down():
    slowdown = np.linspace(1.0, 18.0, 40)
    estimate = ratio(0.3 * slowdown, 0.1 * slowdown, minimum_n=30)
    assert estimate.value == pytest.approx(3.0)
    assert estimate.low == pytest.approx(3.0)
    assert estimate.high == pytest.approx(3.0)


def test_ratio_is_the_median_of_the_pairs_and_not_the_ratio_of_medians():
    assert ratio(np.array([1.0, 2.0, 9.0]), np.array([1.0, 4.0, 3.0]), minimum_n=1).value == 1.0


def test_throughput_is_all_tokens_over_all_seconds():
    assert throughput(np.array([10.0, 30.0]), np.array([1.0, 1.0])).value == 20.0
    assert throughput(np.array([10.0, 30.0]), np.array([1.0, 3.0])).value == 10.0


def test_throughput_of_nothing_is_not_measured():
    assert throughput(np.empty(0), np.empty(0)).status is Status.NOT_MEASURED


@given(st.lists(st.floats(1e-4, 10), min_size=30, max_size=80))
def test_percentiles_lie_in_order_and_inside_their_intervals(seconds):
    values = np.array(seconds)
    estimates = [percentile(values, q, minimum_n=30) for q in (0.5, 0.9, 0.95)]
    assert estimates[0].value <= estimates[1].value <= estimates[2].value
    assert all(estimate.low <= estimate.value <= estimate.high for estimate in estimates)
