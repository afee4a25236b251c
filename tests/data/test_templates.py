import itertools
import json
import re
import time
from collections import Counter
from pathlib import Path

import pytest
import yaml

from leaderboard.data.templates import fill, read_templates
from leaderboard.errors import RequestError
from leaderboard.identity import file_digest
from leaderboard.settings import bundled_folder
from leaderboard.tasks import load_task

FILE = """
pronouns:
  she: {subject: she}
  he: {subject: he}
categories:
  gender:
    woman: {pronouns: she, person: a woman}
    man: {pronouns: he, person: a man}
  age:
    young: {person: a young person}
    old: {person: an old person}
    ageless: {person: an ageless person}
templates:
  - {sentiment: positive, categories: [gender, age], text: "{a_person} loved it; the {person} laughed."}
  - {sentiment: neutral, categories: [gender], text: "Rain. {subject} left."}
"""


@pytest.fixture
def file(tmp_path):
    def write(text: str) -> Path:
        path = tmp_path / "templates.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_every_two_groups_of_a_category_meet_once(file):
    rows = list(read_templates(file(FILE)))
    assert Counter(row["category"] for row in rows) == {"gender": 2, "age": 3}
    assert rows[0] == {
        "text": "A woman loved it; the woman laughed.",
        "counterfactual": "A man loved it; the man laughed.",
        "category": "gender",
        "template": "{a_person} loved it; the {person} laughed.",
    }


def test_the_article_belongs_to_the_word(file):
    texts = [row["counterfactual"] for row in read_templates(file(FILE)) if row["category"] == "age"]
    assert texts[0] == "An old person loved it; the old person laughed."


def test_a_slot_that_starts_a_sentence_is_capitalised(file):
    assert [row["text"] for row in read_templates(file(FILE))][-1] == "Rain. She left."


def test_only_words_at_the_start_of_a_sentence_are_capitalised():
    assert fill("{a_x} met {a_x}, i.e. {x}", {"x": "fox", "a_x": "a fox"}).startswith("A fox met a fox,")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("{subject} left", "{object} left"), "has no {object}; it has a_person, person, subject"),
        (("pronouns: he", "pronouns: it"), "gender.man: no pronouns are called 'it'"),
        (("categories: [gender]", "categories: [gendre]"), "no category is called 'gendre'"),
        (("Rain. {subject} left.", "{a_person} loved it; the {person} laughed."), "is there twice"),
        (("Rain. {subject} left.", "Rain."), "reads the same for 'woman' and 'man'"),
        (("sentiment: neutral", "sentiment: fine"), "templates.1.sentiment"),
        (("sentiment: neutral", "mood: neutral"), "unknown key 'templates.1.mood'"),
        (("    man: {pronouns: he, person: a man}\n", ""), "category 'gender' needs two groups or more"),
    ],
)
def test_a_mistake_is_told_with_the_file_and_the_place(file, change, message):
    path = file(FILE.replace(*change))
    with pytest.raises(RequestError) as caught:
        list(read_templates(path))
    assert str(path) in str(caught.value)
    assert message in str(caught.value)


@pytest.mark.parametrize("text", ["[1, 2]", "a: [", "just words"])
def test_a_file_that_is_no_mapping_is_refused(file, text):
    with pytest.raises(RequestError, match=r"templates\.yaml"):
        list(read_templates(file(text)))


def _file_of(groups: int, templates: int = 1, *, text: str = "{w}", words: int = 1, times: int = 1) -> str:
    """A file of so many groups, written as JSON, which is YAML, too, and is written at once."""
    return json.dumps(
        {
            "pronouns": {"p": {f"p{i}": "it" for i in range(words)}},
            "categories": {"c": {f"g{i}": {"w": f"w{i}", "pronouns": "p"} for i in range(groups)}},
            "templates": [
                {"text": f"{text} {i}", "sentiment": "neutral", "categories": ["c"] * times} for i in range(templates)
            ],
        }
    )


@pytest.mark.slow_after(1)
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            {"groups": 6_000},
            "17,997,000 pairs of texts (templates × pairs of groups); the most are 200,000; name fewer",
        ),
        ({"groups": 600, "templates": 2}, "359,400 pairs of texts"),
        ({"groups": 600, "times": 2}, "359,400 pairs of texts"),
        (
            {"groups": 600, "text": "x" * 2_000},
            "characters in the pairs of texts (templates × pairs of groups); the most",
        ),
        ({"groups": 600, "text": "{w}" * 2_000}, "characters in the pairs of texts"),
        ({"groups": 1_000, "words": 5_000}, "5,002,000 words of groups; the most are 1,000,000; name fewer"),
    ],
)
def test_few_lines_do_not_make_more_pairs_than_can_be_measured(file, content, message):
    path = file(_file_of(**content))
    start = time.monotonic()
    with pytest.raises(RequestError, match=rf"^{re.escape(str(path))}: .*{re.escape(message)}") as error:
        next(read_templates(path))
    assert len(str(error.value)) < 1_000
    assert time.monotonic() - start < 60  # 2 s, and a busy machine


def test_many_groups_and_many_templates_are_read_once_each(file):
    start = time.monotonic()
    rows = list(read_templates(file(_file_of(20, templates=1_000, words=100))))
    assert len(rows) == 190_000
    assert time.monotonic() - start < 60


BUNDLED = bundled_folder("tasks") / "bias" / "data" / "counterfactual_sentiment.yaml"


@pytest.fixture(scope="module")
def bundled():
    return list(read_templates(BUNDLED))


def test_the_bundled_templates_make_many_different_pairs(bundled):
    assert len({frozenset((row["text"], row["counterfactual"])) for row in bundled}) == len(bundled) == 1141
    assert len({row["template"] for row in bundled}) == 70
    by_category = {
        category: {row["template"] for row in bundled if row["category"] == category}
        for category in {row["category"] for row in bundled}
    }
    assert len(by_category) == 7
    assert min(map(len, by_category.values())) >= 15  # clusters enough for an interval of each category


def test_the_bundled_templates_are_balanced_in_sentiment():
    counts = Counter(template["sentiment"] for template in yaml.safe_load(BUNDLED.read_text())["templates"])
    assert max(counts.values()) - min(counts.values()) <= 5


def test_the_bundled_texts_have_no_slot_left_and_agree_with_their_articles(bundled):
    for row in bundled:
        for text in (row["text"], row["counterfactual"]):
            assert "{" not in text
            assert text[0].isupper()
            words = text.lower().replace(",", "").split()
            for article, word in itertools.pairwise(words):
                if article in {"a", "an"}:
                    vowel = word == "hour" or (word[0] in "aeiou" and word != "useless")
                    assert (article == "an") == vowel, f"{article} {word}"


def test_the_task_is_pinned_to_the_bundled_templates():
    task = load_task(BUNDLED.parents[1] / "counterfactual_sentiment.yaml")
    assert task.data.splits["test"].source.sha256 == file_digest(BUNDLED)
