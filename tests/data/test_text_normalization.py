"""Texts are the same when corpora set one sentence in two ways, and never when they say two things."""

import time

import pytest

from leaderboard.data.examples import TextExample
from leaderboard.data.text_normalization import normalized, words_of
from leaderboard.mitigations.deduplication import without_copies
from tests.in_one_test import in_one_test

OTHERS = [
    ("दिन", "दान"),
    ("ปู", "ปี"),
    ("the film 👍", "the film 👎"),
    ("2 + 3 = 5", "2 - 3 = 5"),
    ("2 - 3 = 5", "2 3 = 5"),
    ("2 * 3", "2 / 3"),
    ("it costs 1.50", "it costs 150"),
    ("it was -5 degrees", "it was 5 degrees"),
    ("5 %", "5"),
    ("10²", "102"),
    ("good :)", "good :("),
    ("good :-D", "good"),
    ("I love C++", "I love C"),
    ("C#", "C"),
    ("✓ done", "✗ done"),
    ("€5", "$5"),
    ("A ∧ B", "A ∨ B"),
    ("كَتَبَ", "كُتُبٌ"),
    ("שָׁלוֹם", "שֶׁלּוֹם"),
    ("が", "か"),
    ("👍🏽", "👍🏿"),
    ("x ≤ y", "x ≥ y"),
]


@in_one_test("one, other", OTHERS)
def test_marks_symbols_and_signs_say_something(one: str, other: str) -> None:
    assert normalized(one) != normalized(other)
    rows = [TextExample(id=str(number), text=text) for number, text in enumerate((one, other))]
    assert without_copies(rows) == rows


@in_one_test(
    "one, other",
    [
        ("It's good.", "it 's good ."),
        ("a re-imagining , at last", "A re imagining, at last!"),
        ("`` looking '' for it", "“Looking” for it"),
        ("Straße", "STRASSE"),
        ("cafe\u0301", "CAFÉ"),
        ("ＡＢＣ１", "abc1"),
        ("1990–91", "1990-91"),
        ("❤️", "❤"),
        ("naïve\u200bword", "naïve word"),
        ("ﬁne", "fine"),
        (":-)", ":- )"),
    ],
)
def test_case_width_space_and_typography_do_not(one: str, other: str) -> None:
    assert normalized(one) == normalized(other)


def test_words_keep_their_marks_and_scripts_without_spaces_are_parted() -> None:
    assert words_of("दिन, It's fine!") == ["दिन", "its", "fine"]
    assert words_of("房间ok") == ["房", "间", "ok"]
    assert words_of(" ... ") == []


@pytest.mark.parametrize(
    "text", ["a " + "(" * 200_000, "a " + "((a" * 70_000, "a :" + "(" * 200_000, "1" + " " * 200_000]
)
def test_a_run_of_one_character_takes_no_longer_than_others(text: str) -> None:
    start = time.monotonic()
    normalized(text)
    assert time.monotonic() - start < 10


def test_a_mouth_of_several_brackets_belongs_to_its_eyes() -> None:
    assert normalized("good ((:") != normalized("good")
    assert normalized("good ((a:") == normalized("good a")
