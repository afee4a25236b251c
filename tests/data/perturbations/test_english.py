import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.data.perturbations import Perturbation, Strength
from leaderboard.data.perturbations.perturbed_texts import perturb
from leaderboard.data.perturbations.rewording import CONTRACTIONS

TEXT = (
    "The director's latest picture, made in 1998 for 12 million, was terribly boring and nobody really liked watching."
)
RANDOM = [
    Perturbation.TYPOS,
    Perturbation.LETTER_SWAPS,
    Perturbation.WHITESPACE,
    Perturbation.NUMBERS,
]


def changed(text, perturbation, severity=1, key=""):
    return perturb(text, perturbation, Strength(severity, key))


@pytest.mark.parametrize("perturbation", [Perturbation.TYPOS, Perturbation.LETTER_SWAPS])
def test_severity_is_the_share_of_long_words_that_change(perturbation):
    long_words = [word for word in re.findall(r"\w+", TEXT) if len(word) > 3 and word.isalpha()]
    assert len(long_words) == 11
    for severity, count in {1: 1, 2: 3, 3: 6}.items():
        words = zip(re.findall(r"\w+", TEXT), re.findall(r"\w+", changed(TEXT, perturbation, severity)), strict=True)
        assert sum(old != new for old, new in words) == count


@pytest.mark.parametrize("perturbation", RANDOM)
@given(text=st.text(st.sampled_from("abcde 12.,\n'好"), max_size=40), key=st.text("ab", max_size=2))
def test_the_same_key_gives_the_same_change_of_any_text(perturbation, text, key):
    assert changed(text, perturbation, 3, key) == changed(text, perturbation, 3, key)


@pytest.mark.parametrize("perturbation", RANDOM)
def test_another_key_changes_another_place_or_in_another_way(perturbation):
    assert len({changed(TEXT, perturbation, 1, str(key)) for key in range(8)}) > 1


def test_swapped_letters_are_within_a_word():
    words = zip(TEXT.split(), changed(TEXT, Perturbation.LETTER_SWAPS, 3).split(), strict=True)
    for old, new in words:
        assert (old[0], old[-1], sorted(old)) == (new[0], new[-1], sorted(new))


def test_space_changes_and_no_word_does():
    spaced = changed(TEXT, Perturbation.WHITESPACE, 3)
    assert spaced.split() == TEXT.split()


def test_numbers_become_others_of_as_many_digits():
    year, millions = re.findall(r"\d+", changed(TEXT, Perturbation.NUMBERS, 3) + " " + TEXT)[:2]
    assert (len(year), len(millions)) == (4, 2)
    assert re.sub(r"\d", "", changed(TEXT, Perturbation.NUMBERS, 3)) == re.sub(r"\d", "", TEXT)
    assert {changed("7 stars", Perturbation.NUMBERS, 3, str(key))[0] for key in range(60)} == set("012345689")
    assert changed("version 1.5, B2B", Perturbation.NUMBERS, 3) is None


def test_case_punctuation_and_contractions_by_hand():
    assert changed("A Film.", Perturbation.UPPER_CASE) == "A FILM."
    assert changed("A Film.", Perturbation.LOWER_CASE) == "a film."
    assert changed("Low-key (really), don't -- good...", Perturbation.PUNCTUATION) == "Low-key really don't good"
    assert changed("it 's bad .", Perturbation.PUNCTUATION) == "it 's bad"
    assert changed("Don't say it is bad; I'm sure.", Perturbation.CONTRACTIONS) == "Do not say it's bad; I am sure."
    assert changed("it is n't , i 'm sure", Perturbation.CONTRACTIONS) == "it is not , I am sure"


@pytest.mark.parametrize(("contraction", "written"), CONTRACTIONS.items())
def test_contractions_are_exchanged_in_both_directions(contraction, written):
    assert changed(f"x {contraction}", Perturbation.CONTRACTIONS).lower() == f"x {written}"
    assert changed(f"x {written}", Perturbation.CONTRACTIONS).lower() == f"x {contraction}"


@pytest.mark.parametrize(
    "perturbation", [each for each in Perturbation if each.language != "zh" and each is not Perturbation.SYNONYMS]
)
def test_a_text_without_anything_to_change_has_no_change(perturbation):
    assert changed("龘 €" if perturbation is not Perturbation.WHITESPACE else "龘", perturbation) is None


def test_a_text_of_punctuation_alone_stays():
    assert changed("...", Perturbation.PUNCTUATION) is None


def test_synonyms_come_from_the_table(monkeypatch):
    monkeypatch.setattr(
        "leaderboard.data.perturbations.english.synonym_table", lambda: {"boring": ("tedious",), "picture": ("photo",)}
    )
    assert changed("a boring picture", Perturbation.SYNONYMS, 3) in {"a tedious picture", "a boring photo"} | {
        "a tedious photo"
    }
    assert changed("nothing here", Perturbation.SYNONYMS) is None
