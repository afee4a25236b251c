"""Rows that repeat a training row except for a few words are found, and others are not."""

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.data.near_duplicates import SIMILAR, NearDuplicates, near_duplicate_note
from tests.in_one_test import in_one_test

LEARNED = ["the film was a wonderful surprise", "bad", "so dull", "房间很干净服务也好"]


@in_one_test(
    "text, near",
    [
        ("the film was a wonderful surprise", True),
        ("The film was a wonderful surprise really !", True),
        ("so very dull", True),
        ("房间很干净，服务也很好", True),
        ("the film was no surprise", False),
        ("bad luck", False),
        ("so", False),
        ("", False),
    ],
)
def test_a_word_more_or_less_makes_no_other_text(text: str, near: bool) -> None:
    assert NearDuplicates(LEARNED).near([text]) == [near]


WORDS = st.lists(st.sampled_from("abcdefgh"), min_size=5, max_size=12).map(" ".join)


@given(st.lists(WORDS, min_size=1, max_size=8), WORDS)
def test_what_is_found_is_what_comparing_all_with_all_finds(texts: list[str], text: str) -> None:
    def similarity(one: str, other: str) -> float:
        a, b = (
            [(word, words[:at].count(word)) for at, word in enumerate(words)] for words in (one.split(), other.split())
        )
        return len(set(a) & set(b)) / len(set(a) | set(b))

    expected = any(similarity(other, text) >= SIMILAR - 1e-9 for other in texts)
    if len(text.split()) > 5:  # shorter ones count with a single word more, too
        assert NearDuplicates(texts).near([text]) == [expected]


def _rows(count: int, seed: int) -> list[str]:
    draw = random.Random(seed)  # noqa: S311 - not a secret
    words = [f"w{number}" for number in range(5000)]
    return [" ".join(draw.choices(words, k=20)) for _ in range(count)]


def test_training_rows_plus_one_word_are_told_with_their_share() -> None:
    learned = _rows(500, 0)
    rows = [(str(number), f"{text} indeed") for number, text in enumerate(learned[:30])]
    rows += [(f"new-{number}", text) for number, text in enumerate(_rows(70, 1))]
    assert near_duplicate_note(NearDuplicates(learned), rows, "away") == (
        "30 of 100 rows of split 'away' (30%) repeat a training row except for a few words, such as 0: "
        "the score on them says little about other texts"
    )
    assert near_duplicate_note(NearDuplicates(learned), rows[30:], "away") is None
    assert near_duplicate_note(NearDuplicates(learned), rows[29:], "away") is None  # one row may be so by chance
    assert near_duplicate_note(NearDuplicates(learned), [], "away") is None


@pytest.mark.slow
def test_templates_of_few_words_take_seconds_not_hours() -> None:
    draw = random.Random(0)  # noqa: S311 - not a secret
    rows = [" ".join(draw.choices([f"w{number}" for number in range(30)], k=14)) for _ in range(3000)]
    begin = time.perf_counter()
    near_duplicate_note(NearDuplicates(rows[:2000]), [(text, text) for text in rows[2000:]], "away")
    assert time.perf_counter() - begin < 20
