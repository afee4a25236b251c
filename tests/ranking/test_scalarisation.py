import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.errors import RequestError
from leaderboard.ranking.pareto import front
from leaderboard.ranking.scalarisation import Scalarisation, alpha_sweep, chebyshev, two_objectives, weighted_loss

UTILITIES = np.array([[0.9, 0.5, 0.7], [0.8, 0.8, 0.6], [0.6, 0.9, 0.9]])
BEST, WORST = UTILITIES.max(axis=0), UTILITIES.min(axis=0)
NOTCHED = [[0.0, 1.0], [0.6, 0.6], [1.0, 0.0]]
"""A front whose middle lies behind the line between its ends."""

shares = st.floats(0, 1)
weightings = st.lists(st.floats(0.01, 100), min_size=3, max_size=3)
tables = st.lists(st.tuples(shares, shares, shares), min_size=1, max_size=8)
pairs = st.lists(st.tuples(shares, shares), min_size=1, max_size=8)


def test_weighted_sum_of_utilities_between_the_worst_and_best_of_a_set():
    regrets = (BEST - UTILITIES) / (BEST - WORST)
    assert 1 - weighted_loss(regrets, [1, 1, 1]) == pytest.approx([0.4444, 0.4722, 0.6667], abs=5e-5)


def test_augmented_chebyshev_between_the_worst_and_best_of_a_set():
    distances = chebyshev(UTILITIES, [1, 1, 1], BEST, WORST, rho=0.05)
    assert distances == pytest.approx([0.36111, 0.35972, 0.35], abs=5e-6)


def test_chebyshev_from_the_fixed_ideal_by_hand():
    assert chebyshev([0.8, 0.5], [3, 1]) == pytest.approx(0.75 * 0.2 + 0.05 * (0.75 * 0.2 + 0.25 * 0.5))
    assert chebyshev([1.0, 1.0], [3, 1]) == 0.0


def test_weighted_loss_by_hand():
    assert weighted_loss([0.2, 0.6], [3, 1]) == pytest.approx(0.3)
    assert weighted_loss([[0.2, 0.6], [1.0, 0.0]], [0, 5]) == pytest.approx([0.6, 0.0])


def test_two_objectives_weigh_a_loss_against_a_utility():
    assert two_objectives(0.4, 0.9, 0.25) == pytest.approx(0.25 * 0.4 + 0.75 * 0.1)
    assert two_objectives(0.4, 0.9, 1.0) == pytest.approx(0.4)
    assert two_objectives(0.4, 0.9, 0.0) == pytest.approx(0.1)


@given(shares, shares, shares)
def test_two_objectives_are_a_weighted_loss(loss, utility, alpha):
    assert two_objectives(loss, utility, alpha) == pytest.approx(weighted_loss([loss, 1 - utility], [alpha, 1 - alpha]))


@given(shares, shares, shares, shares)
def test_more_utility_or_less_loss_is_never_worse(loss, utility, alpha, better):
    here = two_objectives(loss, utility, alpha)
    assert two_objectives(loss, max(utility, better), alpha) <= here
    assert two_objectives(min(loss, better), utility, alpha) <= here


@given(tables, weightings, st.floats(1e-6, 1e6), st.sampled_from(Scalarisation))
def test_scale_of_weights_does_not_matter(losses, weights, factor, scalarisation):
    scaled = scalarisation.score(losses, np.array(weights) * factor)
    assert scaled == pytest.approx(scalarisation.score(losses, weights), abs=1e-12)


@given(tables, weightings, st.tuples(shares, shares, shares), st.sampled_from(Scalarisation))
def test_another_point_leaves_the_scores_of_the_others(losses, weights, other, scalarisation):
    with_it = scalarisation.score([*losses, other], weights)
    assert with_it[:-1] == pytest.approx(scalarisation.score(losses, weights), abs=1e-15)


def test_objective_without_a_range_separates_nothing():
    distances = chebyshev([[0.5, 0.2], [0.5, 0.4]], [1, 1], ideal=[0.5, 1.0], nadir=[0.5, 0.0])
    assert distances == pytest.approx([0.4 * 1.05, 0.3 * 1.05])
    assert chebyshev([[0.5, 0.5]], [1, 1], ideal=0.5, nadir=0.5) == [0.0]


def test_augmentation_prefers_the_point_that_is_better_where_the_largest_regret_is_the_same():
    plain, augmented = (chebyshev([[0.5, 0.6], [0.5, 0.9]], [1, 1], rho=rho) for rho in (0.0, 0.05))
    assert plain[0] == plain[1]
    assert augmented[1] < augmented[0]


def test_sweep_of_the_weighted_sum_skips_the_notch_and_chebyshev_finds_it():
    alphas = np.linspace(0, 1, 21)
    hull = {point for best in alpha_sweep(NOTCHED, alphas) for point in best.points}
    everything = {point for best in alpha_sweep(NOTCHED, alphas, Scalarisation.CHEBYSHEV) for point in best.points}
    assert (hull, everything) == ({0, 2}, {0, 1, 2})


def test_sweep_names_every_point_of_a_tie():
    (best,) = alpha_sweep([[0.0, 1.0], [0.5, 0.5], [1.0, 0.0], [1.0, 1.0]], [0.5])
    assert (best.alpha, best.score, best.points) == (0.5, 0.5, (0, 1, 2))
    assert [each.points for each in alpha_sweep([[0.1, 0.9], [0.1, 0.2]], [1.0, 0.9])] == [(0, 1), (1,)]


def test_sweep_of_one_point_and_of_none():
    assert [best.points for best in alpha_sweep([[0.3, 0.4]], [0, 0.5, 1])] == [(0,)] * 3
    assert alpha_sweep([], [0, 0.5, 1]) == []


@given(pairs, st.floats(0.05, 0.95))
def test_weighted_optimum_lies_on_the_convex_hull_of_the_front(losses, alpha):
    """No mixture of two others is better than it on both objectives."""
    points = np.array(losses)
    (best,) = alpha_sweep(points, [alpha])
    steps = np.linspace(0, 1, 33)[:, None, None, None]
    mixtures = steps * points[:, None] + (1 - steps) * points
    for chosen in points[list(best.points)]:
        assert not (mixtures < chosen - 1e-9).all(axis=-1).any()


@given(pairs, st.floats(0.05, 0.95), st.sampled_from(Scalarisation))
def test_a_best_point_lies_on_the_front(losses, alpha, scalarisation):
    (best,) = alpha_sweep(losses, [alpha], scalarisation)
    nearly = [losses[place] for place in front(losses)]
    assert any(np.allclose(losses[place], point, atol=1e-9) for place in best.points for point in nearly)


@given(st.floats(0.05, 0.95), st.floats(0.05, 0.95))
def test_chebyshev_reaches_every_point_of_a_front_with_the_weights_of_its_regrets(first, second):
    """Weights in inverse proportion to a point's regrets make it the best of any others that it is not dominated by."""
    rivals = [[min(1.0, first * 1.2), second / 1.2], [first / 1.2, min(1.0, second * 1.2)]]
    alpha = (1 / first) / (1 / first + 1 / second)
    (best,) = alpha_sweep([[first, second], *rivals], [alpha], Scalarisation.CHEBYSHEV)
    assert best.points == (0,)


@pytest.mark.parametrize("alpha", [-0.1, 1.1, float("nan")])
def test_alpha_outside_0_to_1_is_refused(alpha):
    with pytest.raises(RequestError, match="alpha is"):
        two_objectives(0.5, 0.5, alpha)
    with pytest.raises(RequestError, match="alpha is"):
        alpha_sweep(NOTCHED, [alpha])


@pytest.mark.parametrize("weights", [[0, 0], [1, -1], [1, float("nan")], [1, float("inf")]])
def test_weights_that_weigh_nothing_are_refused(weights):
    with pytest.raises(RequestError, match="0 or a positive number"):
        weighted_loss([0.5, 0.5], weights)


def test_weights_of_another_number_of_objectives_and_losses_that_are_not_numbers_are_refused():
    with pytest.raises(ValueError, match="as many weights"):
        weighted_loss([0.5, 0.5], [1, 1, 1])
    with pytest.raises(ValueError, match="not a finite number"):
        alpha_sweep([[0.5, float("nan")]], [0.5])
