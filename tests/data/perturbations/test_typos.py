import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.data.perturbations.typos import _NEIGHBOURS, add_typos, slip

words = st.text("abcdefghijklmnopqrstuvwxyz", min_size=4, max_size=12)
seeds = st.integers(0, 2**32)


@given(words, seeds)
def test_a_slip_changes_a_word_a_little_behind_its_first_letter(word, seed):
    slipped = slip(word, np.random.default_rng(seed))
    assert slipped != word
    assert slipped[0] == word[0]
    assert abs(len(slipped) - len(word)) <= 1
    if len(slipped) == len(word):
        other = [index for index in range(len(word)) if slipped[index] != word[index]]
        is_swap = len(other) == 2 and other[1] == other[0] + 1 and sorted(slipped) == sorted(word)
        is_neighbour = len(other) == 1 and slipped[other[0]] in _NEIGHBOURS[word[other[0]]]
        assert is_swap or is_neighbour


def test_keys_beside_each_other_are_each_other_s_neighbours():
    assert set(_NEIGHBOURS["g"]) == set("tyfhvb")
    assert set(_NEIGHBOURS["q"]) == set("wa")
    assert all(key in _NEIGHBOURS[other] for key, others in _NEIGHBOURS.items() for other in others)


def test_three_of_ten_long_words_get_a_slip_and_short_ones_none():
    text = "the " + " ".join(["wonderful"] * 10) + " of it"
    changed = add_typos(text, np.random.default_rng(0)).split()
    assert len(changed) == 13
    assert sum(word != "wonderful" for word in changed[1:-2]) == 3
    assert [changed[0], *changed[-2:]] == ["the", "of", "it"]


def test_a_text_without_long_words_has_no_typos():
    rng = np.random.default_rng(0)
    assert [add_typos(text, rng) for text in ("", "so bad", "@somebody #nothing http://somewhere")] == [None] * 3
