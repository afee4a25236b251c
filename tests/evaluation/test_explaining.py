"""A stored subject explains a text that a user types."""

import pytest

from leaderboard.backends.classifiers import joined_words
from leaderboard.errors import RequestError
from leaderboard.evaluation.explaining import explain
from leaderboard.evaluation.explanation import ExplainRequest
from leaderboard.evaluation.typed_words import words_and_marks, words_beside_mask, words_of


def test_words_are_separated_by_spaces_or_are_characters():
    assert list(words_of("A dull film. ")) == ["A", "dull", "film."]
    assert list(words_of("我喜欢wifi")) == ["我", "喜", "欢", "wifi"]
    assert list(words_of("  ")) == []


@pytest.mark.parametrize("text", ["A dull  film.\nBad.", "这部 film\n很好", "\u200bа\u00a0b"])
def test_the_words_are_joined_to_the_text_with_its_white_space(text):
    assert joined_words(words_of(text)) == text


def test_a_character_is_one_as_readers_see_it():
    characters = ["か\u3099", "👩\u200d👩\u200d👧", "cafe\u0301", "รื่"]
    assert list(words_of("".join(characters))) == characters


def test_an_empty_text_is_refused_before_anything_is_loaded():
    with pytest.raises(RequestError, match="at least one word"):
        explain(None, None, "any", ExplainRequest(text=" \n"))


def test_a_text_of_another_encoding_is_refused_before_anything_is_loaded():
    with pytest.raises(RequestError, match="not UTF-8"):
        explain(None, None, "any", ExplainRequest(text="caf\udce9"))


def test_the_mask_is_a_word_of_its_own():
    assert list(words_beside_mask("It was [MASK] .", "[MASK]")) == ["It", "was", "[MASK]", "."]
    assert list(words_beside_mask("It was ([MASK]).", "[MASK]")) == ["It", " was", " (", "[MASK]", ")."]
    assert list(words_beside_mask("我[MASK]你", "[MASK]")) == ["我", "[MASK]", "你"]


def test_words_for_a_tagger_have_their_marks_apart():
    assert words_and_marks("Mr. O'Neil, of Rome.") == ["Mr", ".", "O'Neil", ",", "of", "Rome", "."]
    assert words_and_marks("नमस्ते, cafe\u0301 ❤\ufe0f!") == ["नमस्ते", ",", "cafe\u0301", "❤\ufe0f", "!"]
