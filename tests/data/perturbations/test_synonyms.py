import numpy as np
import pytest

from leaderboard.data.perturbations.synonyms import clear_synonyms, replace_synonyms, synonym_table

INDEX = """\
dreadful%5:00:00:x:00 00000001 1 9
terrible%5:00:00:x:00 00000001 1 30
terrible%1:00:00:: 00000002 1 2
awful%5:00:00:x:00 00000001 1 5
frightful%5:00:00:x:00 00000001 1 0
bank%1:17:01:: 00000003 1 25
bank%1:14:00:: 00000004 2 20
shore%1:17:01:: 00000003 1 8
always%4:02:00:: 00000005 1 9
evermore%4:02:00:: 00000005 1 3
acting%1:04:00:: 00000006 1 4
playing%1:04:00:: 00000006 1 2
hot_dog%1:13:00:: 00000007 1 9
frank%1:13:00:: 00000007 1 9
"""
TABLE = {"terrible": ("dreadful",), "film": ("movie", "picture")}


def test_words_with_one_clear_meaning_stand_for_each_other():
    """terrible is an adjective 30 of 32 times, awful begins with a vowel, bank has two senses, frightful is unseen."""
    assert clear_synonyms(INDEX) == {"dreadful": ("terrible",), "terrible": ("dreadful",)}


def test_words_are_replaced_in_their_own_case():
    rng = np.random.default_rng(0)
    assert replace_synonyms("Terrible!", rng, TABLE) == "Dreadful!"
    assert replace_synonyms("a terrible mess", rng, TABLE) == "a dreadful mess"
    assert replace_synonyms("It was a film.", rng, TABLE) in {"It was a movie.", "It was a picture."}


def test_what_may_be_a_name_and_what_is_unknown_stays():
    rng = np.random.default_rng(0)
    assert [
        replace_synonyms(text, rng, TABLE) for text in ("", "the Film", "FILM", "filmed it", "terrible-looking")
    ] == [None] * 5


def test_a_fifth_of_the_words_is_replaced():
    text = "the film is a film of films : film , film and film again"
    changed = replace_synonyms(text, np.random.default_rng(0), TABLE).split()
    assert sum(one != two for one, two in zip(text.split(), changed, strict=True)) == 2  # of 11 words


@pytest.mark.weights
def test_wordnet_gives_synonyms_that_a_reader_expects():
    table = synonym_table()
    assert "dreadful" in table["terrible"]
    assert table["wonderful"] == ("wondrous",)
    assert "film" not in table  # it means a movie as often as what is in a camera
    assert not {"the", "not", "never", "was"} & set(table)
