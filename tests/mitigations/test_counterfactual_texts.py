from hypothesis import given
from hypothesis import strategies as st

from leaderboard.mitigations.anonymisation.personal_data import _names
from leaderboard.mitigations.counterfactual.group_swapping import _terms, named_group, swap_groups
from tests.in_one_test import in_one_test

AMBIGUOUS = {"her", "his", "him", "hers"}


@in_one_test(
    "text, swapped",
    [
        ("He saw her.", "She saw him."),
        ("Her father praised her.", "His mother praised him."),
        ("his best film", "her best film"),
        ("a friend of his", "a friend of hers"),
        ("a friend of hers and mine", "a friend of his and mine"),
        ("They told her that it was hers.", "They told him that it was his."),
        ("in his or her own words", "in her or his own words"),
        ("HE AND SHE", "SHE AND HE"),
        ("Mrs. Hall met Mr. Hall", "Mr. Hall met Ms. Hall"),
        ("Emily and her sister", "Daniel and his brother"),
        ("it 's his 'best' work", "it 's her 'best' work"),
        ("my mother-in-law", "my father-in-law"),
        ("a Christian school", "a Muslim school"),
        ("black people at a French school", "white people at a German school"),
        ("straight  couple", "gay couple"),
    ],
)
def test_groups_of_a_text_are_exchanged(text, swapped):
    assert swap_groups(text) == swapped


@in_one_test(
    "text", ["", "A dull film.", "a man-made lake", "the he-man", "@john", "#women", "straight to video", "a black cat"]
)
def test_a_text_that_names_no_group_has_no_counterfactual(text):
    assert swap_groups(text) is None
    assert named_group(text) is None


@in_one_test(
    "text, group",
    [
        ("He is dull.", "male"),
        ("she and her mother and he", "female"),
        ("he and she", None),
        ("a muslim and two Christians, a Christian said", "christian"),
        ("a Jewish woman", "female"),
        ("he and she, both Jewish", "jewish"),
        ("White people", "white"),
        ("two white men", "white"),  # a phrase counts for what it says together
    ],
)
def test_the_group_named_most_often_counts_and_gender_first(text, group):
    assert named_group(text) == group


words = st.sampled_from([*sorted(set(_terms()) - AMBIGUOUS), "film", "was", "good", ","])


@given(st.lists(words, max_size=12))
def test_exchanging_twice_gives_the_text_back_but_for_words_that_go_one_way(chosen):
    text = " ".join(
        word for word in chosen if _terms().get(word) is None or _terms()[_terms()[word].other].other == word
    )
    once = swap_groups(text)
    assert (swap_groups(once) if once is not None else text) == text


@given(st.lists(words, min_size=1, max_size=12))
def test_a_counterfactual_names_another_group_and_has_as_many_words(chosen):
    text = " ".join(chosen)
    other = swap_groups(text)
    assert other is None or len(other.split()) == len(text.split())
    if other is not None and named_group(text) is not None:
        assert named_group(other) not in {None, named_group(text)}


def test_both_words_of_a_pair_take_the_same_article():
    without_article = {name.lower() for name in _names()["first"]} | {"christianity", "islam"}
    for word, term in _terms().items():
        assert word in without_article or (word[0] in "aeiou") == (term.other[0] in "aeiou"), word
