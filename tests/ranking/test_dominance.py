import math
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.errors import NotMeasurableError
from leaderboard.ranking import dominance
from leaderboard.ranking.dominance import (
    DRAWS,
    RESAMPLES,
    dominance_matrix,
    paired_dominance,
    probability_dominated,
)
from leaderboard.ranking.uncertain_loss import QUANTILE, Uncertain

NEAR = 4 * math.sqrt(0.25 / DRAWS)
"""Four standard errors of a probability that is drawn."""


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def normal(mean: float, deviation: float) -> Uncertain:
    return Uncertain(mean, mean - QUANTILE * deviation, mean + QUANTILE * deviation)


def exact(*values: float) -> list[Uncertain]:
    return [Uncertain.exact(value) for value in values]


def test_two_normals_are_phi_of_their_distance(rng):
    probability = probability_dominated([normal(1.0, 3.0)], [[normal(0.0, 4.0)]], rng)
    assert probability == pytest.approx(NormalDist().cdf(1 / 5), abs=NEAR)


def test_independent_objectives_multiply(rng):
    probability = probability_dominated(
        [normal(1.0, 1.0), normal(2.0, 1.0)], [[normal(0.0, 1.0), normal(0.0, 1.0)]], rng
    )
    phi = NormalDist().cdf
    assert probability == pytest.approx(phi(1 / math.sqrt(2)) * phi(2 / math.sqrt(2)), abs=NEAR)


def test_equal_points_dominate_each_other_as_often_and_several_more_often(rng):
    point = [normal(0.0, 1.0)]
    assert probability_dominated(point, [point], rng) == pytest.approx(1 / 2, abs=NEAR)
    assert probability_dominated(point, [point] * 4, rng) == pytest.approx(4 / 5, abs=NEAR)
    assert probability_dominated([normal(0.0, 1.0)] * 2, [[normal(0.0, 1.0)] * 2], rng) == pytest.approx(0.25, abs=NEAR)


def test_skewed_interval_has_its_ends_and_its_value_as_quantiles(rng):
    skewed = [Uncertain(0.0, -1.0, 3.0)]
    for threshold, share in [(-1.0, 0.025), (0.0, 0.5), (3.0, 0.975), (1.5, NormalDist().cdf(QUANTILE / 2))]:
        below = probability_dominated(exact(threshold), [skewed], rng)
        assert below == pytest.approx(share, abs=4 * math.sqrt(share * (1 - share) / DRAWS))


@pytest.mark.parametrize(
    ("point", "other", "expected"),
    [
        ((1.0, 1.0), (0.0, 1.0), 1.0),
        ((1.0, 1.0), (1.0, 1.0), 0.0),  # no better anywhere
        ((1.0, 1.0), (0.0, 2.0), 0.0),
        ((1.0, 1.0), (2.0, 2.0), 0.0),
    ],
)
def test_points_without_width_are_drawn_as_they_are(rng, point, other, expected):
    assert probability_dominated(exact(*point), [exact(*other)], rng, draws=10) == expected


def test_nobody_dominates_a_point_alone(rng):
    assert probability_dominated([normal(0.0, 1.0)], [], rng) == 0.0
    assert dominance_matrix([[normal(0.0, 1.0)]], rng).tolist() == [[0.0]]
    assert dominance_matrix([], rng).size == 0


def test_matrix_says_who_dominates_whom(rng):
    probability = dominance_matrix([exact(0.0, 0.0), exact(1.0, 1.0), exact(2.0, -1.0)], rng, draws=10)
    assert probability.tolist() == [[0, 1, 0], [0, 0, 0], [0, 0, 0]]


@given(st.lists(st.tuples(st.floats(-2, 2), st.floats(0, 2), st.floats(-2, 2), st.floats(0, 2)), max_size=4))
def test_two_points_never_dominate_each_other_at_once(drawn):
    points = [[normal(a, width), normal(b, other)] for a, width, b, other in drawn]
    probability = dominance_matrix(points, np.random.default_rng(1), draws=50)
    assert (probability + probability.T <= 1).all()
    assert not np.diag(probability).any()


def test_points_of_other_objectives_are_refused(rng):
    with pytest.raises(ValueError, match="same objectives"):
        probability_dominated(exact(1.0), [exact(1.0, 2.0)], rng)


@pytest.mark.parametrize("numbers", [(0.5, 0.6, 0.7), (0.5, 0.7, 0.3), (math.nan, 0.0, 1.0), (0.5, 0.0, math.inf)])
def test_interval_that_is_none_is_refused(numbers):
    with pytest.raises(ValueError, match=r"finite|holds its value"):
        Uncertain(*numbers)


def test_interval_that_misses_its_value_is_taken_to_end_there():
    assert Uncertain.between(0.5, (0.9, 0.6)) == Uncertain(0.5, 0.5, 0.9)


def test_pairing_tells_apart_what_two_intervals_do_not(rng):
    hard = rng.normal(0.0, 1.0, 200)
    better, worse = hard + rng.normal(0.0, 0.1, 200), hard + rng.normal(0.03, 0.1, 200)
    assert paired_dominance([better], [worse], rng) > 0.99
    deviation = float(hard.std() / math.sqrt(200))
    unpaired = [normal(float(better.mean()), deviation)], [normal(float(worse.mean()), deviation)]
    assert probability_dominated(unpaired[1], [unpaired[0]], rng) < 0.8


def test_pairs_of_answers_by_hand(rng):
    """Differences -1 and 0: a resample shows no difference, and so no dominance, when it is the second one twice."""
    probability = paired_dominance([[0.0, 1.0]], [[1.0, 1.0]], rng)
    assert probability == pytest.approx(3 / 4, abs=4 * math.sqrt(3 / 16 / RESAMPLES))


def test_answers_of_one_block_are_resampled_together_and_blocks_apart(rng):
    """Each objective is no worse in 3 of 4 resamples; of two that mirror each other never both but in the ties."""
    first, second = np.array([[-1.0, 1.0], [1.0, -1.0]]), np.zeros((2, 2))
    assert paired_dominance([first], [second], rng) == 0.0
    apart = paired_dominance(list(first.T), list(second.T), rng)
    assert apart == pytest.approx(9 / 16 - 1 / 4, abs=4 * math.sqrt(0.25 / RESAMPLES))


def test_equal_answers_dominate_in_neither_direction(rng):
    answers = [np.array([0.1, 0.7, 0.2]), np.ones((5, 2))]
    assert paired_dominance(answers, answers, rng) == 0.0


def test_batches_of_a_large_block_are_as_many_resamples_in_all(rng, monkeypatch):
    monkeypatch.setattr(dominance, "_AT_ONCE", 5)
    probability = paired_dominance([[0.0, 1.0]], [[1.0, 1.0]], rng, resamples=401)
    assert probability == pytest.approx(3 / 4, abs=4 * math.sqrt(3 / 16 / 401))
    assert probability * 401 == pytest.approx(round(probability * 401))


def test_one_answer_tells_nothing_of_others(rng):
    for answers in ([0.5], []):
        with pytest.raises(NotMeasurableError, match=f"at least 2 of them, not {len(answers)}"):
            paired_dominance([answers], [answers], rng)


def test_answers_that_are_not_paired_are_refused(rng):
    with pytest.raises(ValueError, match="same examples"):
        paired_dominance([[0.5, 0.6]], [[0.5, 0.6, 0.7]], rng)
    with pytest.raises(ValueError, match="same blocks"):
        paired_dominance([[0.5, 0.6]], [], rng)
    with pytest.raises(ValueError, match="finite"):
        paired_dominance([[0.5, math.nan]], [[0.5, 0.5]], rng)
