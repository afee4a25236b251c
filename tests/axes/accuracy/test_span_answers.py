import re
import string
from collections import Counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from leaderboard.axes.accuracy.span_answers import cmrc_f1, cmrc_match, cmrc_segments, squad_f1, squad_match
from leaderboard.axes.accuracy.written_answers import AnswerKind, AnswerRule

TEXTS = st.text(st.sampled_from("aAtheTHE nn ,.-'é“½好"), max_size=20)


def script_words(text):
    """`normalize_answer` of the script of SQuAD 1.1 (and of the module `squad` of `evaluate`), written anew."""
    bare = "".join(letter for letter in text.lower() if letter not in set(string.punctuation))
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", bare).split())


def script_f1(prediction, truth):
    words, expected = script_words(prediction).split(), script_words(truth).split()
    same = sum((Counter(words) & Counter(expected)).values())
    if same == 0:
        return 0
    precision, recall = same / len(words), same / len(expected)
    return 2 * precision * recall / (precision + recall)


@given(TEXTS, st.lists(TEXTS, min_size=1, max_size=3))
@example("The", ["an"])
@example("", [""])
def test_scores_are_those_of_the_script_of_squad(answer, references):
    assert squad_match(answer, references) == any(script_words(answer) == script_words(each) for each in references)
    assert squad_f1(answer, references) == pytest.approx(max(script_f1(answer, each) for each in references))


def test_squad_by_hand_takes_the_best_reference():
    assert squad_match("The Denver Broncos!", ["Carolina", "denver broncos"])
    assert squad_f1("in the year 2016", ["2016", "February 2016"]) == pytest.approx(2 * (1 / 3) / (1 / 3 + 1))
    assert not squad_match("“1905”", ["1905"])  # the script knows no punctuation but that of ASCII
    assert squad_f1("the", ["an"]) == 0.0  # without a word; `answer: text` keeps them


def test_cmrc_by_hand_counts_the_longest_common_run():
    # punctuation goes first, so that the script joins what only it separates
    assert cmrc_segments("《战国无双3》，Koei Tecmo 1.5%。") == ["战", "国", "无", "双", "3koei", "tecmo", "1.5", "%"]
    # 光 荣 和 against 光 荣 公 司: a run of two, of three and of four segments
    assert cmrc_f1("光荣和", ["光荣公司"]) == pytest.approx(2 * 2 / (3 + 4))
    assert cmrc_f1("荣光", ["光荣"]) == pytest.approx(0.5)  # two characters in another order: a run of one
    assert cmrc_f1("。", ["光荣"]) == 0.0


def test_cmrc_match_is_of_texts_without_the_punctuation_of_the_script():
    assert cmrc_match("《光荣》。", ["公司", "光荣"])
    assert cmrc_match("KOEI", ["koei"])
    assert not cmrc_match("光 荣", ["光荣"])


@pytest.mark.parametrize(("kind", "f1"), [("text", 1.0), ("squad", 0.0), ("cmrc", 1.0)])
def test_the_kind_of_a_task_chooses_the_rule(kind, f1):
    rule = AnswerRule(kind=AnswerKind(kind))
    assert rule.f1("“1905”", ["1905"]) == f1
    assert rule.matches("1905.", ["1905."])
