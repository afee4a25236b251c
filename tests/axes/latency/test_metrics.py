import numpy as np
import pytest

from leaderboard.axes.latency.metrics import ratio, throughput
from leaderboard.stats.estimate import Status


def test_ratio_cancels_a_machine_that_slows_down():
    slowdown = np.linspace(1.0, 18.0, 40)
    estimate = ratio(0.3 * slowdown, 0.1 * slowdown, minimum_n=30)
    assert estimate.value == pytest.approx(3.0)
    assert estimate.low == pytest.approx(3.0)
    assert estimate.high == pytest.approx(3.0)


def test_ratio_is_the_median_of_the_pairs_and_not_the_ratio_of_medians():
    assert ratio(np.array([1.0, 2.0, 9.0]), np.array([1.0, 4.0, 3.0]), minimum_n=1).value == 1.0


def test_ratio_of_too_few_answers_is_withheld():
    assert ratio(np.ones(29), np.ones(29), minimum_n=30).reason == "withheld: needs 30 samples, has 29"


def test_throughput_is_all_tokens_over_all_seconds():
    assert throughput(np.array([10.0, 30.0]), np.array([1.0, 1.0])).value == 20.0
    assert throughput(np.array([10.0, 30.0]), np.array([1.0, 3.0])).value == 10.0


def test_throughput_of_nothing_is_not_measured():
    assert throughput(np.empty(0), np.empty(0)).status is Status.NOT_MEASURED
