import math

import numpy as np
import pytest

from leaderboard.axes.axis import Axis
from leaderboard.errors import RequestError
from leaderboard.ranking.methods.method import Method
from leaderboard.ranking.rank_intervals import over_examples, over_weights

RNG = np.random.default_rng


def ends(intervals):
    return list(zip(intervals.low.tolist(), intervals.high.tolist(), strict=True))


def noisy(means, spread=0.02, draws=500):
    return np.clip(RNG(0).normal(np.array(means)[None, :, None], spread, (draws, len(means), 6)), 0, 1)


def test_two_that_are_far_apart_have_one_place_each():
    assert ends(over_examples(noisy([0.9, 0.2]))) == [(1, 1), (2, 2)]


def test_two_that_are_alike_have_either_place_by_noise_and_by_ties():
    assert ends(over_examples(noisy([0.5, 0.5]))) == [(1, 2), (1, 2)]
    assert ends(over_examples(np.full((10, 2, 6), 0.5))) == [(1, 2), (1, 2)]
    assert ends(over_weights(np.full((2, 6), 0.5), RNG(0))) == [(1, 2), (1, 2)]


def test_between_many_the_interval_is_as_wide_as_their_overlap():
    rank_ends = ends(over_examples(noisy([0.9, 0.5, 0.5, 0.1])))
    assert rank_ends == [(1, 1), (2, 3), (2, 3), (4, 4)]


def test_weights_move_who_is_good_at_one_thing_and_not_who_is_better_at_all():
    values = np.array([[0.9] * 6, [0.8, 0.1, 0.1, 0.1, 0.1, 0.1], [0.1, 0.8, 0.1, 0.1, 0.1, 0.1]])
    assert ends(over_weights(values, RNG(0))) == [(1, 1), (2, 3), (2, 3)]


def test_an_axis_of_weight_zero_is_never_drawn():
    values = np.array([[0.9, 0.0, 0.5, 0.5, 0.5, 0.5], [0.1, 1.0, 0.5, 0.5, 0.5, 0.5]])
    assert ends(over_weights(values, RNG(0), weights={Axis.OOD: 0})) == [(1, 1), (2, 2)]
    assert ends(over_weights(values, RNG(0))) == [(1, 2), (1, 2)]


def test_same_seed_draws_the_same_weights():
    values = RNG(1).random((8, 6))
    assert ends(over_weights(values, RNG(3), draws=50)) == ends(over_weights(values, RNG(3), draws=50))


def test_shares_of_weightings_are_those_of_the_flat_dirichlet():
    """Two axes, (1, 0) against (0, 0.25): the first loses when its weight is below a fifth."""
    values = np.array([[1.0, 0.0, *[0.0] * 4], [0.0, 0.25, *[0.0] * 4]])
    others = dict.fromkeys(list(Axis)[2:], 0.0)
    assert ends(over_weights(values, RNG(0), weights=others)) == [(1, 2), (1, 2)]
    values[1, 1] = 0.02  # below one in fifty: outside of 95 %
    assert ends(over_weights(values, RNG(0), weights=others)) == [(1, 1), (2, 2)]


@pytest.mark.parametrize("method", list(Method))
def test_every_method_has_rank_intervals_and_what_was_not_measured_has_none(method):
    values = np.vstack([noisy([0.9, 0.5, 0.2], draws=1)[0], np.full((1, 6), math.nan)])
    intervals = over_weights(values, RNG(0), method=method, draws=20)
    assert np.isnan(intervals.low).tolist() == [False, False, False, True]
    assert (intervals.low[:3] <= intervals.high[:3]).all()


def test_weights_that_are_all_zero_are_refused():
    with pytest.raises(RequestError, match="every axis has weight 0"):
        over_weights(np.ones((2, 6)), RNG(0), weights=dict.fromkeys(Axis, 0.0))


def test_ten_near_tied_subjects_are_all_covered_at_once_in_95_per_cent_of_the_data_sets():
    """True scores .7 to .709 with errors of .02 each.

    Of 100 data sets fewer than 88 would be covered at 95 % with a chance of .4 %.
    """
    rng, true = RNG(0), 0.7 + 0.001 * np.arange(10)
    covered, extremes = 0, 0
    for _ in range(100):
        scores = rng.normal(true, 0.02)
        drawn = rng.normal(scores, 0.02, (200, 10))
        intervals = over_examples(np.repeat(drawn[..., None], 6, axis=2), values=np.repeat(scores[:, None], 6, axis=1))
        ranks = np.arange(10, 0, -1)
        covered += bool(((intervals.low <= ranks) & (ranks <= intervals.high)).all())
        drawn_ranks = 1 + (drawn[:, None, :] > drawn[..., None]).sum(axis=2)
        low, high = np.percentile(drawn_ranks, [2.5, 97.5], axis=0)
        extremes += bool(low[9] <= 1 and high[0] >= 10)
    assert covered >= 88
    assert extremes < 80  # percentiles of drawn ranks


def test_a_subject_that_is_not_above_chance_is_ranked_below_whatever_its_score():
    values = np.array([[0.9] * 6, [0.5] * 6, [0.2] * 6])
    below = np.array([True, False, False])
    assert ends(over_weights(values, RNG(0), below=below)) == [(3, 3), (1, 1), (2, 2)]
    assert ends(over_examples(np.stack([values] * 5), below=below)) == [(3, 3), (1, 1), (2, 2)]


@pytest.mark.parametrize("method", [method for method in Method if not method.independent])
def test_no_rank_interval_over_examples_where_scores_depend_on_others(method):
    with pytest.raises(RequestError, match="Use --method weighted, chebyshev"):
        over_examples(noisy([0.9, 0.2]), method=method)


def test_nobody_with_every_axis_has_no_rank_interval():
    values = np.full((2, 6), math.nan)
    assert np.isnan(over_weights(values, RNG(0)).low).all()
    assert np.isnan(over_examples(values[None]).high).all()
