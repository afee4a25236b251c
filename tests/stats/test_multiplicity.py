import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.stats.multiplicity import holm


def test_holm_by_hand():
    """.01 · 4 = .04; .02 · 3 = .06; .03 · 2 = .06; .04 · 1 would fall, and stays at .06."""
    assert holm([0.01, 0.04, 0.03, 0.02]) == pytest.approx([0.04, 0.06, 0.06, 0.06])


def test_one_test_is_not_adjusted():
    assert holm([0.03]) == (0.03,)


def test_no_tests():
    assert holm([]) == ()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_adjusted_are_never_smaller_and_keep_their_order(p_values):
    adjusted = holm(p_values)
    assert all(p <= q <= 1 for p, q in zip(p_values, adjusted, strict=True))
    pairs = sorted(zip(p_values, adjusted, strict=True))
    assert [q for _, q in pairs] == sorted(adjusted)
