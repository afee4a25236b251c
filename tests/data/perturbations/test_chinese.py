import re

import pytest

from leaderboard.data.examples import ChoiceExample, TextExample
from leaderboard.data.perturbations import Perturbation, Strength
from leaderboard.data.perturbations.chinese_characters import HOMOPHONES, SIMILAR_SHAPES, TRADITIONAL
from leaderboard.data.perturbations.chinese_wording import SYNONYMS
from leaderboard.data.perturbations.perturbed_texts import perturb, perturbed
from leaderboard.errors import RequestError

TEXT = "房间很大，服务员在门口等了2个小时，早餐一般！"


@pytest.mark.parametrize("method", [Perturbation.HOMOPHONES, Perturbation.SIMILAR_SHAPES])
def test_a_tenth_of_the_characters_is_replaced_from_the_table(method):
    changed = perturb(TEXT, method, Strength())
    places = [(old, new) for old, new in zip(TEXT, changed, strict=True) if old != new]
    groups = {Perturbation.HOMOPHONES: HOMOPHONES, Perturbation.SIMILAR_SHAPES: SIMILAR_SHAPES}[method].split()
    assert len(places) == 2  # of 19 characters
    assert all(any({old, new} <= set(group) for group in groups) for old, new in places)
    assert perturb(TEXT, method, Strength()) == changed
    assert any(perturb(TEXT, method, Strength(key=str(key))) != changed for key in range(5))


def test_traditional_forms_replace_simplified_ones():
    assert perturb("这间饭馆没开门", Perturbation.TRADITIONAL, Strength()) == "這間飯館沒開門"
    assert perturb("后来里面干净", Perturbation.TRADITIONAL, Strength()) == "后來里面干淨"  # several forms: 後, 裡, 乾


def test_width_is_exchanged_in_both_directions():
    assert perturb("WiFi 2次，好！", Perturbation.WIDTH, Strength()) == "ＷｉＦｉ ２次,好!"


@pytest.mark.parametrize("method", [Perturbation.HOMOPHONES, Perturbation.SIMILAR_SHAPES])
def test_a_higher_severity_changes_more_characters(method):
    text = TEXT * 4
    counts = [
        sum(old != new for old, new in zip(text, perturb(text, method, Strength(severity)), strict=True))
        for severity in (1, 2, 3)
    ]
    assert counts[0] == 8  # of 76 characters
    assert counts == sorted(set(counts))


def test_words_are_replaced_by_others_of_their_group():
    groups = [set(line.split()) for line in SYNONYMS.strip().splitlines()]
    changed = perturb("房间非常干净", Perturbation.CHINESE_SYNONYMS, Strength(3))  # half of two words
    before, after = "非常", changed.removeprefix("房间").removesuffix("干净")
    if after == changed.removeprefix("房间"):
        before, after = "干净", changed.removeprefix("房间非常")
    assert before != after
    assert any({before, after} <= group for group in groups)
    assert {perturb("因为很大", Perturbation.CHINESE_SYNONYMS, Strength(key=str(key))) for key in range(5)} == {
        "由于很大"
    }


def test_no_synonym_is_in_two_groups_or_part_of_another():
    words = SYNONYMS.split()
    assert len(words) == len(set(words))
    assert not [(one, other) for one in words for other in words if one != other and one in other]


def test_numbers_next_to_characters_change_and_others_stay():
    changed = perturb("住了3天，房号1208，网速4.5兆，WiFi6", Perturbation.CHINESE_NUMBERS, Strength(3))
    digits = re.findall(r"了(\d)天，房号(\d{4})，网速4\.5兆，WiFi6", changed)
    assert len(digits) == 1
    assert (digits[0][0] != "3") != (digits[0][1] != "1208")  # half of two numbers
    assert perturb("等了3天", Perturbation.NUMBERS, Strength()) is None  # of texts with spaces


@pytest.mark.parametrize("method", [each for each in Perturbation if each.language == "zh"])
def test_a_text_without_anything_to_change_has_no_change(method):
    assert perturb("龘 €", method, Strength()) is None


def test_each_character_is_in_one_group_and_has_one_traditional_form():
    for table in (HOMOPHONES, SIMILAR_SHAPES):
        letters = [letter for group in table.split() for letter in group]
        assert len(letters) == len(set(letters))
        assert all(len(group) > 1 for group in table.split())
    simplified = [pair[0] for pair in TRADITIONAL.split()]
    assert len(simplified) == len(set(simplified))
    assert {len(pair) for pair in TRADITIONAL.split()} == {2}


def test_both_texts_of_a_pair_change_and_everything_else_stays():
    (pair,) = perturbed(
        [TextExample(id="1", text="这间", second="开门", label=1, group="a")], Perturbation.TRADITIONAL, Strength()
    )
    original = ("这间", "开门")
    assert pair == TextExample(id="1", text="這間", second="開門", label=1, group="a", original=original)


def test_questions_are_not_changed():
    with pytest.raises(RequestError, match="only texts with a class"):
        perturbed([ChoiceExample(id="1", question="这", choices=("a", "b"), answer=0)], Perturbation.WIDTH, Strength())
