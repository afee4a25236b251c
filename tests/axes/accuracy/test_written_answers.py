import pytest

from leaderboard.axes.accuracy.written_answers import (
    AnswerKind,
    AnswerRule,
    exact_match,
    normalised_words,
    number,
    token_f1,
)
from tests.in_one_test import in_one_test

PAIRS = [
    ("The Eiffel Tower.", "eiffel tower"),
    ("in the year 1912", "1912"),
    ("Denver Broncos beat an opponent", "the Denver Broncos"),
    ("", "Paris"),
    ("a cat, a hat", "the cat & the hat!"),
    ("it is $5 (five)", "5"),
    ("北京是中国的首都。", "中国首都北京"),
    ("他在 NBA 打球", "NBA打球，1998年"),
    ("same same different", "same"),
]


@in_one_test("answer, reference", PAIRS)
def test_scores_are_those_of_mlqa(answer, reference):
    from lm_eval.tasks.mlqa import utils

    language = "zh" if any("\u4e00" <= letter <= "\u9fff" for letter in answer + reference) else "en"
    words, references = normalised_words(answer), [normalised_words(reference)]
    assert token_f1(words, references) == pytest.approx(utils.f1_score(answer, reference, language))
    assert exact_match(words, references) == utils.exact_match_score(answer, reference, language)


def test_f1_by_hand():
    # shared: denver, broncos; 2 · 2 / (3 + 4)
    answer, reference = normalised_words("The Denver Broncos won"), normalised_words("Denver Broncos of Colorado")
    assert token_f1(answer, [["x"], reference]) == pytest.approx(4 / 7)


def test_chinese_is_compared_by_character():
    assert normalised_words("他在NBA，打球") == ["他", "在", "nba", "打", "球"]
    assert token_f1(normalised_words("北京"), [normalised_words("北京市")]) == pytest.approx(0.8)


def test_an_answer_that_is_an_article_is_not_empty():
    assert normalised_words("A") == ["a"]
    assert not exact_match(normalised_words(""), [normalised_words("A")])


def test_two_empty_answers_agree():
    assert token_f1([], [[]]) == 1.0
    assert token_f1([], [["x"]]) == token_f1(["x"], [[]]) == 0.0


@in_one_test("text, value", [
        ("$1,234.50.", "1234.5"), ("-5", "-5"), ("−5", "-5"), ("007", "7"), ("1.0", "1"), ("-0", "0"), (".5", "0.5"),
        ("１８", "18"), ("+3", "3"), (" 18 ", "18"), ("1.5", "1.5"), ("1" * 40, "1" * 40),
        ("1,234,567", "1234567"), ("-$1,000", "-1000"), ("$ 5", "5"), ("5 $", "5"), ("18,", "18"),
        ("１，２３４", "1234"),
        ("2²", None), ("²", None), ("1½", None), ("١٢", None), ("1,5", None), ("1,23,456", None), ("12,3456", None),
        ("0,123", None), ("1.5,000", None), ("1$5", None), ("1234,567", None), ("1,2", None), ("1.234,5", None),
        ("18 apples", None), ("", None), (".", None), ("1.2.3", None), ("-", None), ("$", None), ("NaN", None),
    ])  # fmt: skip
def test_numbers_are_compared_by_value(text, value):
    assert number(text) == value


def test_two_encodings_of_a_letter_are_one():
    assert normalised_words("Cafe\u0301 Ange\u0301lique") == normalised_words("Café Angélique")
    assert normalised_words("한국") == normalised_words("\u1112\u1161\u11ab\u1100\u116e\u11a8")


def test_the_last_match_of_the_pattern_is_the_answer():
    rule = AnswerRule(r"#### (-?[0-9.,]+)", AnswerKind.NUMBER)
    assert rule.answer("so #### 3\n#### 1,234.") == "1,234."
    assert rule.words("1,234.") == ["1234"]
    assert rule.answer("the answer is 7") is None
    assert rule.answer("#### ,") is None
    assert rule.reference("Half of it.\n#### 18") == "18"
    assert rule.reference("18") == "18"
    assert rule.reference("eighteen") is None


def test_signs_and_points_make_other_numbers():
    rule = AnswerRule(kind=AnswerKind.NUMBER)
    assert len({tuple(rule.words(each)) for each in ("15", "1.5", "-15", "-1.5")}) == 4
