import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score, roc_curve

from leaderboard.stats.roc import auc_function, fpr_function


def once(function, n):
    return function(np.ones((1, n)))[0]


def sides(scores, members):
    return np.array(scores, dtype=float), np.array(members, dtype=bool)


def test_the_threshold_is_the_first_that_accepts_enough_members():
    scores, member = sides([4, 3, 2, 1, 3.5, 2.5, 0], [1, 1, 1, 1, 0, 0, 0])
    assert once(fpr_function(scores, member, 0.95), 7) == pytest.approx(2 / 3)  # at or above 1
    assert once(fpr_function(scores, member, 0.75), 7) == pytest.approx(2 / 3)  # at or above 2
    assert once(fpr_function(scores, member, 0.5), 7) == pytest.approx(1 / 3)  # at or above 3


def test_tied_examples_are_accepted_together():
    scores, member = sides([1, 1, 1, 1], [1, 1, 0, 0])
    assert once(fpr_function(scores, member, 0.5), 4) == 1.0
    assert once(auc_function(scores, member), 4) == 0.5


@pytest.mark.parametrize("member", [[0, 0], [1, 1]])
def test_without_one_of_the_sides_there_is_no_rate(member):
    scores, member = sides([1, 2], member)
    assert np.isnan(once(fpr_function(scores, member, 0.95), 2))
    assert np.isnan(once(auc_function(scores, member), 2))


@given(
    st.lists(st.tuples(st.integers(0, 6), st.booleans(), st.integers(0, 3)), min_size=2, max_size=40).filter(
        lambda rows: {member for _, member, times in rows if times} == {False, True}
    )
)
def test_both_agree_with_scikit_learn_however_often_each_example_counts(rows):
    scores, member = sides([row[0] for row in rows], [row[1] for row in rows])
    times = np.array([[row[2] for row in rows]], dtype=float)
    repeated = np.repeat(np.arange(len(rows)), times[0].astype(int))
    assert auc_function(scores, member)(times)[0] == pytest.approx(roc_auc_score(member[repeated], scores[repeated]))
    false, true, _ = roc_curve(member[repeated], scores[repeated], drop_intermediate=False)
    expected = false[np.argmax(true >= 0.95 - 1e-9)]
    assert fpr_function(scores, member, 0.95)(times)[0] == pytest.approx(expected)
