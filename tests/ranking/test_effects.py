import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leaderboard.ranking.effects import _posterior, additive_effects
from leaderboard.stats.estimate import Status


def alone(values, turned, families=None):
    columns = np.asarray(turned, dtype=float)
    (estimates,) = additive_effects(values, columns.reshape(-1, 1), families or list(range(len(values))))
    return estimates


def test_posterior_of_one_setting_is_ridge_with_the_penalty_one_over_eta():
    z, column = np.array([3.0, 1.0]), np.array([[2.0], [1.0]])

    estimates = _posterior(z, column, np.eye(2), 0.5, 0.0)

    # Z'z / (Z'Z + 1/η) = (6 + 1) / (4 + 1 + 2); s² = (z'z - z'Z · β) / 2 = (10 - 7) / 2; Var = s² / (Z'Z + 1/η)
    assert estimates.mean[0] == pytest.approx(1.0)
    assert estimates.variance[0] == pytest.approx(1.5 / 7)


def test_posterior_with_families_weighs_by_their_covariance():
    z, column = np.array([1.0, 3.0]), np.array([[0.0], [1.0]])
    same = np.ones((2, 2))

    estimates = _posterior(z, column, same, 1e9, 1.0)

    # V⁻¹ ∝ [[2, -1], [-1, 2]]: generalised least squares gives (2·3 - 1·1) / 2
    assert estimates.mean[0] == pytest.approx(2.5, rel=1e-6)


def test_a_setting_that_adds_a_tenth_is_told_to_add_a_tenth():
    values = [0.5, 0.51, 0.49, 0.5, 0.5, 0.6, 0.61, 0.59, 0.6, 0.6]

    estimates = alone(values, [0] * 5 + [1] * 5)

    assert estimates.value == pytest.approx(0.1, abs=0.002)
    assert estimates.low is not None
    assert 0.07 < estimates.low < 0.1 < estimates.high < 0.13
    assert estimates.n == 5


def test_noise_alone_is_not_told_from_nothing():
    rng = np.random.default_rng(0)
    values, turned = rng.normal(0.5, 0.02, 40), rng.integers(0, 2, (40, 20))

    estimates = additive_effects(values, turned, range(40))

    assert sum(each.low > 0 or each.high < 0 for each in estimates) <= 1


def test_settings_that_are_turned_together_are_separated_by_the_others():
    rng = np.random.default_rng(1)
    turned = rng.integers(0, 2, (40, 3)).astype(float)
    values = 0.5 + turned @ [0.1, -0.05, 0.0] + rng.normal(0, 0.005, 40)

    estimates = additive_effects(values, turned, range(40))

    assert [round(each.value, 2) for each in estimates] == [0.1, -0.05, 0.0]


def test_points_of_one_training_tell_a_setting_by_their_difference():
    rng = np.random.default_rng(2)
    trainings = rng.normal(0.5, 0.2, 15)
    turned = np.tile([0.0, 1.0], 15)
    values = np.repeat(trainings, 2) + 0.03 * turned + rng.normal(0, 0.002, 30)

    apart = alone(values, turned, list(range(30)))
    paired = alone(values, turned, list(np.repeat(range(15), 2)))

    assert paired.value == pytest.approx(0.03, abs=0.003)
    assert paired.high - paired.low < 0.05 * (apart.high - apart.low)


def test_more_settings_than_points_give_wide_intervals_and_no_error():
    rng = np.random.default_rng(3)
    estimates = additive_effects(rng.normal(0, 0.02, 12), rng.integers(0, 2, (12, 30)), range(12))

    assert all(each.low < 0 < each.high for each in estimates if each.value is not None)


def test_intervals_hold_the_true_effect_in_about_95_of_100():
    rng = np.random.default_rng(4)
    held = []
    for _ in range(25):
        turned = rng.integers(0, 2, (24, 8)).astype(float)
        truth = rng.normal(0, 0.03, 8)
        values = 0.5 + turned @ truth + rng.normal(0, 0.02, 24)
        estimates = additive_effects(values, turned, range(24))
        held += [each.low <= true <= each.high for each, true in zip(estimates, truth, strict=True)]

    assert 0.9 <= np.mean(held) <= 0.99


def test_values_that_never_move_have_an_effect_of_exactly_zero():
    estimates = alone([0.25] * 12, [0, 1] * 6)

    assert (estimates.value, estimates.low, estimates.high) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("n", [0, 1, 2, 9])
def test_too_few_points_are_not_measured(n):
    estimates = additive_effects(np.zeros(n), np.zeros((n, 2)), range(n))

    assert [each.status for each in estimates] == [Status.NOT_MEASURED] * 2
    assert (
        estimates[0].reason
        == f"{n} complete trial{'' if n == 1 else 's'} are too few to separate effects; 10 are needed"
    )


def test_a_setting_that_two_points_have_is_not_measured():
    estimates = alone(np.linspace(0, 1, 12), [1, 1] + [0] * 10)

    assert estimates.reason == "turned in 2 of 12 trials; 3 are needed"


def test_numbers_that_are_not_finite_are_refused():
    with pytest.raises(ValueError, match="finite"):
        additive_effects([np.nan] * 12, np.ones((12, 1)), range(12))


def test_shapes_that_do_not_match_are_refused():
    with pytest.raises(ValueError, match="as many rows"):
        additive_effects([0.0] * 12, np.ones((11, 1)), range(12))


@settings(max_examples=15)
@given(st.integers(0, 10_000), st.floats(-1, 1), st.floats(0.1, 10))
def test_effects_shift_with_no_value_and_grow_with_their_scale(seed, shift, scale):
    rng = np.random.default_rng(seed)
    values, turned = rng.normal(0, 1, 14), rng.integers(0, 2, (14, 4))

    plain = additive_effects(values, turned, range(14))
    moved = additive_effects(scale * values + shift, turned, range(14))

    for one, other in zip(plain, moved, strict=True):
        if one.value is not None:
            assert other.value == pytest.approx(scale * one.value, rel=1e-6, abs=1e-9)
            assert other.high == pytest.approx(scale * one.high, rel=1e-6, abs=1e-9)
