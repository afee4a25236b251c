import pytest

from leaderboard.data.perturbations.rewording import reword


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I don't like this film.", ["I", "do not", "like", "this", "movie"]),
        ("Very good", ["Really", "good."]),
        ("(It’s good!)", ["(It is", "good!)."]),
        ("why?", ["why??"]),
        ("a .", ["a", ".."]),
    ],
)
def test_words_correspond_one_to_one(text, expected):
    words = reword(text.split(), " ")
    assert words == expected
    assert len(words) == len(text.split())


def test_chinese_texts_gain_or_lose_their_full_stop():
    assert reword(["很", "好"], "") == ["很", "好。"]
    assert reword(["很", "好。"], "") == ["很", "好"]
