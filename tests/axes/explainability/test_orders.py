from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.axes.explainability.orders import aopc_limits, bins, prefixes, ranking

EXACT, BEAM = 16, 0
"""Values of `exact_words` that force one way or the other."""


def table(values):
    return lambda masks: np.array([values[mask] for mask in masks])


def limits_of(drops, n_words, **options):
    """Run a search of limits whose sets are all classified already."""
    search = aopc_limits(drops, n_words, **options)
    while True:
        try:
            next(search)
        except StopIteration as end:
            return end.value


@st.composite
def drops(draw, most=5):
    n_words = draw(st.integers(2, most))
    count = 2**n_words
    return n_words, [0.0, *draw(st.lists(st.floats(-1, 1), min_size=count - 1, max_size=count - 1))]


def brute_force(n_words, values):
    aopcs = [np.mean(table(values)(prefixes(order))) for order in permutations(range(n_words))]
    return min(aopcs), max(aopcs)


@given(drops())
def test_exact_limits_are_those_of_all_permutations(case):
    n_words, values = case
    limits = limits_of(table(values), n_words, exact_words=EXACT, beam=1)
    assert limits == pytest.approx(brute_force(n_words, values))


@given(drops())
def test_a_beam_as_wide_as_all_subsets_is_exact(case):
    n_words, values = case
    limits = limits_of(table(values), n_words, exact_words=BEAM, beam=2**n_words)
    assert limits == pytest.approx(brute_force(n_words, values))


@given(drops(), st.integers(1, 4))
def test_a_narrow_beam_stays_inside_the_limits(case, width):
    n_words, values = case
    low, high = brute_force(n_words, values)
    limits = limits_of(table(values), n_words, exact_words=BEAM, beam=width)
    assert low - 1e-9 <= limits[0] <= limits[1] <= high + 1e-9


def test_limits_of_three_words_by_hand():
    # Deleted sets: {0}, {1}, {01}, {2}, {02}, {12}. Best is 2 then 1: (.6 + .9) / 2; worst is 0 then 1: (.1 + .2) / 2.
    values = [0.0, 0.1, 0.3, 0.2, 0.6, 0.5, 0.9]
    for exact_words in (EXACT, BEAM):
        limits = limits_of(table(values), 3, exact_words=exact_words, beam=3)
        assert limits == pytest.approx((0.15, 0.75))


def test_a_beam_asks_far_less_than_all_subsets():
    subsets = set()

    def drops_of_sizes(masks):
        subsets.update(masks)
        return np.array([mask.bit_count() / 70 for mask in masks])

    limits = limits_of(drops_of_sizes, 70, exact_words=6, beam=2)  # more words than a machine word has bits
    assert limits == pytest.approx((0.5, 0.5))
    assert len(subsets) < 2 * 2 * 70 * 70


def test_the_whole_text_and_the_empty_text_are_never_deleted_for_an_order():
    assert prefixes([2, 0, 1]) == [0b100, 0b101]
    assert prefixes([1, 0]) == [0b10]


def test_equal_attributions_keep_the_order_of_the_text():
    assert ranking(np.array([0.5, 0.9, 0.5, 0.9])) == [1, 3, 0, 2]


def test_bins_are_shares_of_the_words_rounded_up_and_repeat_in_short_texts():
    assert [mask.bit_count() for mask in bins(range(100))] == [1, 5, 10, 20, 50]
    assert bins([2, 0, 1]) == [0b100, 0b100, 0b100, 0b100, 0b101]
    assert bins([1, 0]) == [0b10] * 5
