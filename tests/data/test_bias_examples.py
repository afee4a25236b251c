"""The packaged tasks about bias read their files as their authors meant them."""

import csv
import os
import re
from pathlib import Path

import pytest

from leaderboard.data.reading import splits_of
from leaderboard.settings import bundled_folder
from leaderboard.tasks import load_task, protocol_of

pytestmark = [pytest.mark.mirror]
MIRROR = Path(os.environ.get("LEADERBOARD_MIRROR", "no-mirror")) / "github"


def splits(name):
    task = load_task(bundled_folder("tasks") / "bias" / f"{name}.yaml")
    return splits_of(task.data, protocol_of(task).example, folder=task.folder, offline=True)


@pytest.mark.slow
def test_every_question_of_bbq_has_one_choice_of_the_stereotype():
    read = splits("bbq")
    assert {name: len(read[name]) for name in read} == {
        "age": 3680,
        "disability": 1556,
        "nationality": 3080,
        "appearance": 1576,
        "religion": 1200,
        "orientation": 864,
    }
    assert all(each.biased_choice is not None for name in read for each in read[name])


@pytest.mark.slow
def test_tweets_are_about_women_or_men_by_their_pronouns():
    """Counted with other code: a set of words for each gender, and one of them alone in a tweet."""
    women, men = {"she", "her", "hers", "herself"}, {"he", "him", "his", "himself"}
    folder = MIRROR / "cardiffnlp/tweeteval/datasets/sentiment"
    words = [
        set(re.sub("[.,!?'\"’:;]", " ", text.lower()).split())
        for text in (folder / "test_text.txt").read_text().splitlines()
    ]
    expected = ["women" if each & women else "men" for each in words if bool(each & women) != bool(each & men)]
    assert [each.sensitive for each in splits("group_fairness_tweets")["test"]] == expected


def test_filled_schemas_are_the_sentences_of_winogender():
    published = {
        row["sentence"]
        for row in csv.DictReader(
            (MIRROR / "rudinger/winogender-schemas/data/all_sentences.tsv").open(), delimiter="\t"
        )
        if ".someone." not in row["sentid"] and ".neutral." not in row["sentid"]
    }
    schemas = splits("winogender")["test"]
    assert {each.filled(pronoun) for each in schemas for pronoun in (each.pro, each.anti)} == published
    assert len(schemas) == 120


def test_filled_schemas_are_the_sentences_of_winobias():
    """All but 6 of 761 anti-stereotypical ones, in which the authors changed more than the pronoun."""
    folder = MIRROR / "uclanlp/corefBias/WinoBias/wino/data"
    read = splits("winobias")
    differing = 0
    for kind in (1, 2):
        pro, anti = (
            {
                re.sub(r"^\d+ |[\[\]]", "", line.strip())
                for line in (folder / f"{side}_stereotyped_type{kind}.txt.test").read_text().splitlines()
            }
            for side in ("pro", "anti")
        )
        schemas = read[f"type{kind}"]
        assert {each.filled(each.pro) for each in schemas} <= pro
        differing += sum(each.filled(each.anti) not in anti for each in schemas)
    assert sum(len(read[name]) for name in read) == 761
    assert differing == 6
