"""A stored subject explains a text that a user types."""

import pytest

from leaderboard.errors import RequestError
from leaderboard.evaluation.explaining import words_of


def test_words_are_separated_by_spaces_or_are_characters():
    assert list(words_of("A dull  film.")) == ["A", "dull", "film."]
    assert list(words_of("我喜欢wifi")) == ["我", "喜", "欢", "wifi"]
    assert list(words_of("  ")) == []


def test_an_empty_text_is_refused_before_anything_is_loaded():
    from leaderboard.evaluation.explaining import ExplainRequest, explain

    with pytest.raises(RequestError, match="at least one word"):
        explain(None, None, "any", ExplainRequest(text=" \n"))
