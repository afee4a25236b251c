import numpy as np
import pytest
import scipy
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.axes.explainability.checks.rank_correlation import kendall, spearman, top_overlap

CORRELATIONS = [spearman, kendall]


def array(*values):
    return np.array(values, dtype=float)


def test_kendall_by_hand():
    # Of three pairs two are in the same order, one is not.
    assert kendall(array(1, 2, 3), array(1, 3, 2)) == pytest.approx(1 / 3)


def test_spearman_by_hand():
    # 1 - 6 Σd² / (n (n² - 1)), with d = 0, 1, 1.
    assert spearman(array(1, 2, 3), array(1, 3, 2)) == pytest.approx(1 - 6 * 2 / (3 * 8))


@pytest.mark.parametrize("correlation", CORRELATIONS)
def test_two_constant_explanations_are_the_same_and_one_has_nothing_in_common(correlation):
    assert correlation(array(2, 2, 2), array(0, 0, 0)) == 1.0
    assert correlation(array(2, 2, 2), array(1, 2, 3)) == 0.0


@given(st.lists(st.tuples(st.integers(-2, 2), st.integers(-2, 2)), min_size=2, max_size=8))
def test_ties_count_as_in_scipy(pairs):
    first, second = np.array(pairs, dtype=float).T
    if len(set(first)) > 1 and len(set(second)) > 1:
        assert kendall(first, second) == pytest.approx(scipy.stats.kendalltau(first, second).statistic)
        assert spearman(first, second) == pytest.approx(scipy.stats.spearmanr(first, second).statistic)


def test_top_overlap_by_hand():
    # A quarter of 8 is 2: {0, 1} and {1, 2} share one of three.
    assert top_overlap(array(9, 8, 1, 1, 1, 1, 1, 1), array(1, 8, 9, 1, 1, 1, 1, 1)) == pytest.approx(1 / 3)


def test_top_overlap_does_not_depend_on_the_order_of_tied_units():
    assert top_overlap(array(1, 1, 1, 1), array(4, 3, 2, 1)) == 0.25  # all units are first of a constant explanation
    assert top_overlap(array(5), array(-5)) == 1.0
