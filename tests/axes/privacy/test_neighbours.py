import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.axes.privacy.attacks.evidence import AttackEvidence
from leaderboard.axes.privacy.attacks.methods.neighbourhood import Neighbourhood
from leaderboard.axes.privacy.neighbours import neighbours_of


@given(st.lists(st.sampled_from(["a", "film", "was", "good"]), min_size=2, max_size=30))
def test_neighbours_have_the_same_words(words):
    for neighbour in neighbours_of(" ".join(words), 3):
        assert sorted(neighbour.split()) == sorted(words)


def test_a_tenth_of_the_pairs_changes_places():
    words = [f"w{number}" for number in range(41)]
    for neighbour in neighbours_of(" ".join(words), 5):
        moved = sum(old != new for old, new in zip(words, neighbour.split(), strict=True))
        assert 2 <= moved <= 8  # four swaps, some of which may share a word


def test_neighbours_differ_from_each_other_and_are_always_the_same():
    text = "the film was not as good as the book that it came from"
    neighbours = neighbours_of(text, 5)
    assert neighbours == neighbours_of(text, 5)
    assert text not in neighbours
    assert len(set(neighbours)) > 1


def test_characters_change_places_where_there_are_no_spaces():
    (neighbour,) = neighbours_of("好电影", 1)
    assert neighbour in {"电好影", "好影电"}


def test_a_single_word_is_its_own_neighbour():
    assert neighbours_of("x", 2) == ["x", "x"]
    assert neighbours_of("", 1) == [""]


def test_the_attack_by_hand():
    losses = np.array([1.0, 2.0])
    neighbours = np.array([[2.0, 2.0], [4.0, 1.0]])
    evidence = AttackEvidence(texts=["a", "b"], losses=losses, neighbour_losses=neighbours)
    assert Neighbourhood().scores(evidence).tolist() == [2.0, -0.5]
