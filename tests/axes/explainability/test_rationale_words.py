import pytest

from leaderboard.axes.explainability.rationale_words import marked_words
from leaderboard.axes.explainability.word_units import WordUnit, split_words


def marks(text, *spans, unit=WordUnit.WORDS):
    words = split_words(text, unit)
    return [word.strip() for word, mark in zip(words, marked_words(text, words, spans), strict=True) if mark]


def test_a_word_is_marked_without_its_full_stop():
    assert marks("What an idiot. Really", (8, 13)) == ["idiot."]


def test_a_mark_that_is_off_by_a_character_marks_the_same_word():
    assert marks("What an idiot. Really", (7, 12)) == ["idiot."]


def test_equal_words_are_told_apart_by_their_place():
    assert marked_words("bad  bad\nbad", ["bad", "bad", "bad"], [(5, 8)]) == [False, True, False]


def test_a_word_without_letters_counts_by_all_its_characters():
    assert marks("so ?!?! good", (3, 6)) == ["?!?!"]


def test_characters_of_chinese_are_marked_one_by_one():
    assert marks(" 房间很脏 wifi好", (4, 5), (6, 10), unit=WordUnit.CHARACTERS) == ["脏", "wifi"]


@pytest.mark.parametrize("spans", [(), [(2, 3)]])
def test_blanks_mark_nothing(spans):
    assert marks("ab cd", *spans) == []
