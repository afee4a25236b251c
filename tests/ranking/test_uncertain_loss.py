from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.ranking.uncertain_loss import Uncertain

numbers = st.floats(-5, 5)


def test_a_bound_at_the_value_is_kept_with_an_even_chance_and_one_at_an_end_with_975():
    loss = Uncertain(1.0, 0.0, 3.0)
    assert [loss.chance_at_most(bound) for bound in (0.0, 1.0, 3.0)] == pytest.approx([0.025, 0.5, 0.975])
    assert [loss.chance_at_least(bound) for bound in (0.0, 1.0, 3.0)] == pytest.approx([0.975, 0.5, 0.025])


def test_either_side_is_as_wide_as_its_own_end():
    loss = Uncertain(1.0, 0.0, 3.0)
    assert loss.chance_at_most(2.0) == pytest.approx(NormalDist().cdf(1.959964 / 2))
    assert loss.chance_at_most(0.5) == pytest.approx(NormalDist().cdf(-1.959964 / 2))


def test_an_exact_value_is_on_one_side_or_on_the_bound():
    exact = Uncertain.exact(1.0)
    assert [exact.chance_at_most(bound) for bound in (0.9, 1.0, 1.1)] == [0, 1, 1]
    assert [exact.chance_at_least(bound) for bound in (0.9, 1.0, 1.1)] == [1, 1, 0]


@given(numbers, st.tuples(numbers, numbers), numbers, numbers)
def test_a_wider_bound_is_kept_with_no_smaller_chance(value, ends, first, second):
    loss = Uncertain.between(value, ends)
    near, far = sorted((first, second))
    assert 0 <= loss.chance_at_most(near) <= loss.chance_at_most(far) <= 1
    assert 0 <= loss.chance_at_least(far) <= loss.chance_at_least(near) <= 1
