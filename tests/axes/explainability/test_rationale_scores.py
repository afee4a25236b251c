import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import auc, average_precision_score, precision_recall_curve

from leaderboard.axes.explainability.rationale_scores import (
    auprc,
    average_precision,
    chance_average_precision,
    span_matches,
    token_f1,
    top_words,
    worst_average_precision,
)


def mask(words, *marked):
    chosen = np.zeros(words, dtype=bool)
    chosen[list(marked)] = True
    return chosen


@st.composite
def marked_and_scores(draw, *, distinct):
    words = draw(st.integers(2, 12))
    marked = draw(arrays(bool, words).filter(lambda each: each.any()))
    values = (
        draw(st.permutations(range(words)))
        if distinct
        else draw(st.lists(st.integers(0, 2), min_size=words, max_size=words))
    )
    return marked, np.array(values, dtype=np.float64)


def test_two_of_three_chosen_words_are_marked():
    assert token_f1(mask(6, 2, 3, 4), mask(6, 1, 2, 3)) == pytest.approx(2 / 3)


def test_a_span_with_half_of_the_union_matches():
    assert span_matches(mask(6, 2, 3, 4), mask(6, 1, 2, 3)) == (1.0, 1.0)


def test_a_span_with_less_than_half_of_the_union_does_not_match():
    assert span_matches(mask(8, 3, 4, 5), mask(8, 0, 1, 2, 3)) == (0.0, 0.0)


def test_each_span_matches_on_its_own():
    assert span_matches(mask(8, 0, 1, 5), mask(8, 0, 1, 3, 7)) == (1 / 3, 1 / 2)


@given(marked_and_scores(distinct=True))
def test_average_precision_without_ties_is_that_of_scikit_learn(case):
    assert average_precision(*case) == pytest.approx(average_precision_score(*case))


@given(marked_and_scores(distinct=False))
def test_auprc_is_erasers(case):
    precision, recall, _ = precision_recall_curve(*case)
    assert auprc(*case) == pytest.approx(auc(recall, precision))


@settings(max_examples=20)
@given(marked_and_scores(distinct=False))
def test_average_precision_with_ties_is_the_mean_over_their_orders(case):
    marked, values = case
    rng = np.random.default_rng(0)
    orders = [average_precision(marked, values + rng.random(len(values)) / 2) for _ in range(400)]
    assert average_precision(marked, values) == pytest.approx(np.mean(orders), abs=0.06)


@pytest.mark.parametrize(("words", "marked"), [(1, 1), (4, 1), (7, 3), (5, 5)])
def test_equal_attributions_score_as_chance(words, marked):
    assert average_precision(mask(words, *range(marked)), np.zeros(words)) == pytest.approx(
        chance_average_precision(words, marked)
    )


def test_chance_of_one_word_of_two_is_three_quarters():
    assert chance_average_precision(2, 1) == pytest.approx((1 + 1 / 2) / 2)


def test_worst_order_has_the_marked_words_last():
    assert worst_average_precision(5, 2) == pytest.approx((1 / 4 + 2 / 5) / 2)
    assert average_precision(mask(5, 3, 4), -np.arange(5.0)) == pytest.approx(worst_average_precision(5, 2))


def test_words_of_equal_scores_are_drawn_at_random():
    rng = np.random.default_rng(0)
    times = np.sum([top_words(np.array([0.0, 1.0, 0.0, 0.0]), 2, rng) for _ in range(300)], axis=0)
    assert times[1] == 300
    assert times[[0, 2, 3]].min() > 60
