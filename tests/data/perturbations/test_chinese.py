import pytest

from leaderboard.data.examples import ChoiceExample, TextExample
from leaderboard.data.perturbations import Perturbation, Strength
from leaderboard.data.perturbations.chinese_characters import HOMOPHONES, SIMILAR_SHAPES, TRADITIONAL
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
