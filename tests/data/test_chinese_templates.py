"""The bundled Chinese templates: many pairs, balanced, whose sides differ in the words for the group alone."""

import re
from collections import Counter

import pytest
import yaml

from leaderboard.data.templates import read_templates
from leaderboard.identity import file_digest
from leaderboard.settings import bundled_folder
from leaderboard.tasks import load_task

BUNDLED = bundled_folder("tasks") / "bias" / "data" / "counterfactual_chinese.yaml"
CONTENT = yaml.safe_load(BUNDLED.read_text(encoding="utf-8"))
CATEGORIES = {"age", "disability", "ethnicity", "gender", "occupation", "region"}


@pytest.fixture(scope="module")
def pairs():
    return list(read_templates(BUNDLED))


def test_there_are_many_different_pairs_of_six_categories(pairs):
    assert len({frozenset((pair["text"], pair["counterfactual"])) for pair in pairs}) == len(pairs) == 1707
    by_category = {name: {pair["template"] for pair in pairs if pair["category"] == name} for name in CATEGORIES}
    assert {pair["category"] for pair in pairs} == CATEGORIES
    assert min(map(len, by_category.values())) >= 15  # clusters enough for an interval of each category


def test_positive_negative_and_neutral_templates_are_balanced():
    for category in CATEGORIES:
        counts = Counter(each["sentiment"] for each in CONTENT["templates"] if category in each["categories"])
        assert max(counts.values()) - min(counts.values()) <= 4, category


def test_the_sides_of_a_pair_differ_in_the_words_for_the_group_alone(pairs):
    for category in CATEGORIES:
        words = {word for group in CONTENT["categories"][category].values() for word in group.values()}
        group = re.compile("|".join(sorted(words, key=len, reverse=True)))
        for pair in pairs:
            if pair["category"] == category:
                assert group.sub("□", pair["text"]) == group.sub("□", pair["counterfactual"])


def test_the_texts_are_chinese_sentences(pairs):
    for text in {text for pair in pairs for text in (pair["text"], pair["counterfactual"])}:
        assert re.fullmatch(r"[\u4e00-\u9fff，。]+。", text), text
        assert "的的" not in text


def test_no_template_is_filled_with_the_word_for_its_own_noun(pairs):
    """A sentence about "一位当医生的医生" would read oddly for one group alone."""
    nouns = {words["person"] for words in CONTENT["categories"]["occupation"].values()}
    for pair in pairs:
        if pair["category"] == "occupation":
            assert not any(noun in pair["template"] for noun in nouns), pair["template"]


def test_the_task_is_pinned_to_the_templates():
    task = load_task(BUNDLED.parents[1] / "counterfactual_chinese.yaml")
    assert task.data.splits["test"].source.sha256 == file_digest(BUNDLED)
