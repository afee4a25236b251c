import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leaderboard.stats.betting import (
    anytime_mean,
    confidence_sequence,
    log_capital,
    lower_bound,
    p_above,
    stakes,
    to_unit,
    upper_bound,
)
from leaderboard.stats.mixture_bounds import empirical_bernstein, normal_mixture

UNIT = st.lists(st.floats(0, 1), min_size=1, max_size=30)


def test_bets_by_hand():
    # The prior variance is 1/4. After the value 1: m_1 = 1.5/2 = 0.75, s²_1 = (0.25 + 0.0625)/2 = 0.15625.
    lambdas = stakes(np.array([1.0, 0.0]), 32)
    wide = 2 * math.log(40)
    assert lambdas[:, 0] == pytest.approx([math.sqrt(wide / (0.25 * 16)), math.sqrt(wide / (0.25 * 32))])
    assert lambdas[:, 1] == pytest.approx([math.sqrt(wide / (0.15625 * 16)), math.sqrt(wide / (0.15625 * 32))])


def test_capital_by_hand():
    # λ = 0.5 and 1 on values 1, 0 against the mean 0.5: 1.25 · 0.75 and 1.5 · 0.5, averaged.
    lambdas = np.array([[0.5, 0.5], [1.0, 1.0]])
    capital = np.exp(log_capital(np.array([1.0, 0.0]), 0.5, lambdas))
    assert capital == pytest.approx([(1.25 + 1.5) / 2, (1.25 * 0.75 + 1.5 * 0.5) / 2])


def test_stake_is_at_most_three_quarters_of_the_capital():
    capital = np.exp(log_capital(np.array([0.0]), 0.5, np.array([[100.0]])))
    assert capital == pytest.approx([0.25])


def test_capital_without_replacement_bets_on_the_mean_of_what_is_left():
    # Two of four, mean 0.5: first against 0.5, then against (2 - 1)/3.
    capital = np.exp(log_capital(np.array([1.0, 1.0]), 0.5, np.full((1, 2), 0.5), population=4))
    assert capital == pytest.approx([1.25, 1.25 * (1 + 0.5 * (1 - 1 / 3))])


def test_all_examples_of_a_population_leave_one_mean():
    values = np.array([1.0, 0.0, 1.0, 1.0])
    low, high = confidence_sequence(values, population=4, horizon=4)
    assert (low, high) == pytest.approx((0.75, 0.75), abs=1e-6)


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_agreeing_values_leave_an_interval_that_holds_them(value):
    low, high = confidence_sequence(np.full(100, value))
    assert low <= value <= high
    assert 0.0 < high - low < 0.1


def test_no_values_exclude_nothing():
    assert confidence_sequence([]) == (0.0, 1.0)
    assert empirical_bernstein([]) == (0.0, 1.0)
    assert normal_mixture([]) == (0.0, 1.0)
    assert anytime_mean([], (0.0, 1.0)).value is None


@pytest.mark.parametrize("values", [[1.5], [-0.1], [math.nan]])
def test_values_out_of_bounds_are_refused(values):
    with pytest.raises(ValueError, match="not between 0 and 1"):
        lower_bound(values, level=0.05)


def test_more_values_than_the_population_are_refused():
    with pytest.raises(ValueError, match="population"):
        lower_bound([1.0, 1.0], level=0.05, population=1)


@settings(max_examples=25, deadline=None)
@given(UNIT, st.floats(0, 1))
def test_interval_is_within_the_bounds_and_never_grows(values, further):
    low, high = confidence_sequence(values)
    assert 0.0 <= low <= high <= 1.0
    low_after, high_after = confidence_sequence([*values, further])
    assert low_after >= low - 1e-9
    assert high_after <= high + 1e-9


@settings(max_examples=25, deadline=None)
@given(UNIT)
def test_mirrored_values_have_the_mirrored_interval(values):
    low, high = confidence_sequence(values)
    assert confidence_sequence(1 - np.array(values)) == pytest.approx((1 - high, 1 - low), abs=1e-6)


@settings(max_examples=25, deadline=None)
@given(UNIT, st.floats(0.01, 0.99))
def test_p_value_and_bound_agree(values, mean):
    p = p_above(values, mean)
    assert 0.0 <= p <= 1.0
    if p < 0.999:
        assert lower_bound(values, level=min(0.999, p * 1.001)) >= mean - 1e-6
        assert lower_bound(values, level=p * 0.999) <= mean + 1e-6


def test_rescaled_values_have_the_rescaled_interval():
    values = np.tile([1.0, 1.0, 0.0], 40)
    unit, scaled = anytime_mean(values, (0.0, 1.0)), anytime_mean(values * 2 - 1, (-1.0, 1.0))
    assert unit.low is not None
    assert scaled.low == pytest.approx(2 * unit.low - 1)
    assert "anytime-valid" in unit.method


def test_bounds_without_a_width_are_refused():
    with pytest.raises(ValueError, match="not two different finite numbers"):
        to_unit(np.array([1.0]), (0.0, math.inf))


def test_bounds_in_closed_form_by_hand():
    # n = 1, x = 1, the prior mean 1/2: λ = min(√(2 ln 40 / (ln 2 / 4)), 1/2) = 1/2, v ψ = 4 · 1/4 · (ln 2 - 1/2)/4.
    half = (math.log(40) + (math.log(2) - 0.5) / 4) / 0.5
    assert empirical_bernstein([1.0]) == (max(0.0, 1 - half), 1.0)
    rho = 200 / (4 * (2 * math.log(20) + math.log1p(2 * math.log(20))))
    half = math.sqrt((25 + rho) * math.log((25 + rho) / (0.05**2 * rho))) / 100
    assert normal_mixture([0.5] * 100) == pytest.approx((0.5 - half, 0.5 + half))


def test_the_three_sequences_agree_and_betting_is_the_narrowest():
    values = (np.random.default_rng(1).random(600) < 0.9).astype(float)
    intervals = [confidence_sequence(values), empirical_bernstein(values), normal_mixture(values)]
    assert max(low for low, _ in intervals) < values.mean() < min(high for _, high in intervals)
    widths = [high - low for low, high in intervals]
    assert widths[0] == min(widths)


@pytest.mark.parametrize("population", [None, 300])
def test_mean_is_covered_at_every_n_at_once(population):
    rng, draws, missed = np.random.default_rng(7), 400, 0
    for _ in range(draws):
        values = (rng.random(300) < 0.8).astype(float)
        mean = 0.8 if population is None else float(values.mean())
        missed += any(
            log_capital(side, true, stakes(side, 300), population=population).max() >= math.log(40)
            for side, true in ((values, mean), (1 - values, 1 - mean))
        )
    assert missed / draws <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / draws)


def test_upper_bound_of_few_right_answers_leaves_room():
    assert upper_bound([1.0] * 5, level=0.05) == pytest.approx(1.0, abs=1e-9)
