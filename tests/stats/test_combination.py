import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.stats.combination import correlated_sum, difference, mean_of
from leaderboard.stats.estimate import Estimate, Status
from leaderboard.stats.intervals import proportion

proportions = st.integers(1, 300).flatmap(lambda n: st.integers(0, n).map(lambda k: proportion(k, n)))


def test_difference_of_proportions_is_newcombes_published_example():
    """56/70 against 48/80: Newcombe 1998, table II, method 10."""
    estimate = difference(proportion(56, 70), proportion(48, 80))
    assert (estimate.value, estimate.low, estimate.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=1e-4)


def test_mean_of_two_is_halfway():
    estimate = mean_of([proportion(5, 10), proportion(10, 10)])
    assert estimate.value == 0.75
    assert estimate.n == 20


def test_the_mean_of_one_keeps_its_interval():
    one = proportion(3, 10)
    assert mean_of([one]).low == pytest.approx(one.low)
    assert mean_of([one]).high == pytest.approx(one.high)


def test_perfect_parts_still_leave_doubt():
    assert mean_of([proportion(20, 20), proportion(20, 20)]).low < 1


def test_what_has_no_interval_gives_none_to_what_is_made_of_it():
    unsure = Estimate.measured(1.0, None, n=3, method="all resamples agree, no interval")
    for estimate in (mean_of([proportion(1, 2), unsure]), difference(unsure, proportion(1, 2))):
        assert (estimate.low, estimate.high, estimate.n) == (None, None, 5)
    assert mean_of([proportion(1, 2), unsure]).value == 0.75


@pytest.mark.parametrize("parts", [[], [proportion(1, 2), Estimate.not_measured("no network")]])
def test_a_mean_with_an_unknown_part_is_unknown(parts):
    assert mean_of(parts).status is Status.NOT_MEASURED


def test_a_difference_with_an_unknown_side_says_why():
    assert difference(proportion(1, 2), Estimate.not_measured("no network")).reason == "no network"


@given(st.lists(proportions, min_size=1, max_size=6))
def test_a_mean_is_surer_than_its_widest_part(parts):
    estimate = mean_of(parts)
    assert estimate.high - estimate.low <= max(part.high - part.low for part in parts) + 1e-9


@given(proportions, proportions)
def test_swapping_the_sides_of_a_difference_turns_it_around(first, second):
    there, back = difference(first, second), difference(second, first)
    assert (there.value, there.low, there.high) == pytest.approx((-back.value, -back.high, -back.low))


@pytest.mark.slow
def test_the_interval_of_a_mean_and_of_a_difference_covers_the_truth_as_often_as_promised():
    rng = np.random.default_rng(5)
    shares, held = (0.6, 0.8, 0.97), [0, 0]
    for _ in range(200):
        elsewhere = mean_of([proportion(int(rng.binomial(150, p)), 150) for p in shares])
        drop = difference(proportion(int(rng.binomial(150, 0.99)), 150), elsewhere)
        held[0] += elsewhere.low <= 0.79 <= elsewhere.high
        held[1] += drop.low <= 0.2 <= drop.high
    assert min(held) / 200 > 0.92


def test_correlated_parts_are_as_sure_as_one_of_them_and_independent_ones_surer():
    parts, noise = [proportion(30, 50)] * 2, np.random.default_rng(0).standard_normal((2000, 2))
    uncorrelated = np.linalg.qr(noise - noise.mean(axis=0))[0] * 2000**0.5  # of variance 1
    noise *= 0.07  # standard error of 30 of 50
    apart = correlated_sum(parts, [0.5, 0.5], uncorrelated, n=50)
    assert (apart.low, apart.high) == pytest.approx((mean_of(parts).low, mean_of(parts).high))
    gap = correlated_sum(parts, [1.0, -1.0], uncorrelated, n=50)
    assert (gap.low, gap.high) == pytest.approx((difference(*parts).low, difference(*parts).high))
    for together in (noise[:, [0, 0]], np.zeros((2000, 2))):  # equal, and without any variation
        same = correlated_sum(parts, [0.5, 0.5], together, n=50)
        assert (same.low, same.high, same.n) == (pytest.approx(parts[0].low), pytest.approx(parts[0].high), 50)
        difference_of_equal = correlated_sum(parts, [1.0, -1.0], together, n=50)
        assert gap.low - 1e-9 <= difference_of_equal.low < 0
