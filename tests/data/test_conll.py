"""Sentences with tags: CoNLL files, and lists in JSON."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leaderboard.data.examples import TaggedExample
from leaderboard.data.reading import read_split
from leaderboard.data.source import Source
from leaderboard.data.specification import Reading, Split
from leaderboard.errors import RequestError

TAGS = ("O", "B-PER", "I-PER", "B-LOC")
PLAIN = {"words": 0, "tags": 1}
Read = Callable[..., list[TaggedExample]]


@pytest.fixture
def read(written: Callable[[str], Source], tmp_path: Path) -> Read:
    def reader(text: str, labels: tuple[str, ...] = TAGS, **reading: Any) -> list[TaggedExample]:
        settings = Reading.model_validate({"format": "conll", "fields": PLAIN} | reading)
        split = Split(source=written(text))
        return read_split(split, settings, labels, TaggedExample, name="test", folder=tmp_path, offline=True)

    return reader


@pytest.mark.parametrize("gap", ["\t", " ", "   "])
def test_a_sentence_is_its_words_and_the_indices_of_their_tags(read: Read, gap: str) -> None:
    text = f"Ada{gap}B-PER\nLovelace{gap}I-PER\n.{gap}O\n\nParis{gap}B-LOC\n"
    assert read(text) == [
        TaggedExample(id="test-1", words=("Ada", "Lovelace", "."), tags=(1, 2, 0)),
        TaggedExample(id="test-2", words=("Paris",), tags=(3,)),
    ]


def test_the_tag_may_be_the_last_of_any_number_of_columns(read: Read) -> None:
    text = "Ada NNP B-NP B-PER\nspoke VBD B-VP O\n"
    assert [example.tags for example in read(text, fields={"words": 0, "tags": -1})] == [(1, 0)]
    assert [example.tags for example in read(text, fields={"words": 0, "tags": 3})] == [(1, 0)]


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffAda\tB-PER\r\n\r\nParis\tB-LOC\r\n",
        "-DOCSTART- -X- O O\n\nAda\tB-PER\n\n\n-DOCSTART-\tO\nParis\tB-LOC",
        "Ada\tB-PER\n\t\nParis\tB-LOC\n",
        "\n\nAda\tB-PER\n \t \nParis\tB-LOC\n\n",
    ],
)
def test_what_is_no_token_only_parts_sentences(read: Read, text: str) -> None:
    assert [example.words for example in read(text)] == [("Ada",), ("Paris",)]


def test_a_word_between_tabs_may_hold_spaces_and_odd_characters(read: Read) -> None:
    text = 'New York\tB-LOC\n\u00a0x\tO\n\ufe0f\tO\n"\tO\n'
    assert read(text)[0].words == ("New York", "\u00a0x", "\ufe0f", '"')


def test_raw_tags_are_renamed_and_may_become_no_entity(read: Read) -> None:
    values = {"O": "O", "B-politician": "B-PER", "I-politician": "I-PER", "B-enzyme": "O"}
    text = "Ada\tB-politician\nLovelace\tI-politician\nlipase\tB-enzyme\n"
    assert read(text, label_values=values)[0].tags == (1, 2, 0)


def test_json_lists_are_sentences_too(read: Read) -> None:
    line = '{"tokens": ["Ada", "spoke"], "ner": [1, 0]}\n'
    values = {"0": "O", "1": "B-PER"}
    (example,) = read(line, format="jsonl", fields={"words": "tokens", "tags": "ner"}, label_values=values)
    assert example == TaggedExample(id="test-1", words=("Ada", "spoke"), tags=(1, 0))


def test_words_and_tags_may_be_lists_by_pattern(read: Read) -> None:
    every = {"pattern": r"\S+", "every": True}
    fields = {"words": {"column": 0, **every}, "tags": {"column": 1, **every}}
    (example,) = read("Ada spoke\tB-PER O\n", format="delimited", header=False, fields=fields)
    assert (example.words, example.tags) == (("Ada", "spoke"), (1, 0))


@pytest.mark.parametrize(
    ("text", "reading", "message"),
    [
        ("a\tO\n\nb\tB-ORG\n", {}, r"row 2: unknown label 'B-ORG' of word 1 \('b'\)\n  Known: B-LOC, B-PER, I-PER, O"),
        ("a\tO\n\nb\tO\nc\n", {}, "line 4: 1 columns, but line 3, where its sentence begins, has 2"),
        ("a\tO\n", {"fields": {"words": 0, "tags": 3}}, r"row 1: no column '3'\n  Columns: 0, 1, -1"),
        ("a\tO\n\tO\n", {}, "row 1: word 2 of 2 is empty"),
        ("a\tO\n", {"labels": ()}, "`labels` names none"),
        ("a\tO\n", {"fields": {"words": 0}}, "a TaggedExample also needs: tags"),
        (
            "a\tO\n",
            {"fields": PLAIN, "format": "delimited", "header": False},
            "field 'tags': 'O' is not a list of tags",
        ),
        ("-DOCSTART-\n\n", {}, "no examples"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(read: Read, text: str, reading: Any, message: str) -> None:
    with pytest.raises(RequestError, match=message):
        read(text, **reading)


def test_a_number_of_tags_other_than_of_words_is_reported(read: Read) -> None:
    with pytest.raises(RequestError, match="row 1: 1 tags for 2 words"):
        read('{"words": ["a", "b"], "tags": ["O"]}\n', format="jsonl", fields={"words": "words", "tags": "tags"})
