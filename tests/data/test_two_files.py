"""Texts in one file, classes in another, line by line; and two texts to an example."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from leaderboard.data.examples import TextExample
from leaderboard.data.reading import read_split
from leaderboard.data.specification import DataSpec, Reading, Split
from leaderboard.errors import RequestError

MOODS = ("negative", "neutral", "positive")
NUMBERED = {"0": "negative", "1": "neutral", "2": "positive"}
Read = Callable[..., list[TextExample]]


def _source(folder: Path, name: str, text: str) -> dict[str, str]:
    (folder / name).write_bytes(text.encode())
    return {"file": name, "sha256": hashlib.sha256(text.encode()).hexdigest()}


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def reader(texts: str, classes: str, **reading: Any) -> list[TextExample]:
        split = Split.model_validate(
            {"source": _source(tmp_path, "texts", texts), "columns_from": _source(tmp_path, "classes", classes)}
        )
        settings = {"header": False, "fields": {"text": 0, "label": 1}, "label_values": NUMBERED} | reading
        return read_split(
            split, Reading.model_validate(settings), MOODS, TextExample, name="test", folder=tmp_path, offline=True
        )

    return reader


def test_the_columns_of_the_second_file_follow_those_of_the_first(read: Read) -> None:
    assert read("good\r\nbad\r\n", "2\n0\n") == [
        TextExample(id="test-1", text="good", label=2),
        TextExample(id="test-2", text="bad", label=0),
    ]


def test_headers_name_the_columns_of_both(read: Read) -> None:
    fields = {"text": "text", "label": "class"}
    (example,) = read("n\ttext\n1\tgood\n", "class\n2\n", header=True, fields=fields)
    assert (example.text, example.label) == ("good", 2)


def test_records_of_comma_separated_text_are_joined_not_lines(read: Read) -> None:
    assert [example.text for example in read('"a\nb"\nc\n', "2\n0\n", delimiter=",")] == ["a\nb", "c"]


def test_a_blank_line_still_has_its_class_and_no_text(read: Read) -> None:
    with pytest.raises(RequestError, match="line 2: row 2: field 'text': no value"):
        read("a\n\nb\n", "0\n1\n2\n")
    kept = read("a\n\nb\n", "0\n1\n2\n", missing="drop")
    assert [(example.text, example.label) for example in kept] == [("a", 0), ("b", 2)]


@pytest.mark.parametrize(("texts", "classes", "counts"), [("a\nb\n", "0\n", (2, 1)), ("a\n", "0\n\n", (1, 2))])
def test_files_of_different_length_are_refused(read: Read, texts: str, classes: str, counts: tuple[int, int]) -> None:
    with pytest.raises(RequestError, match=rf"texts has {counts[0]} lines, but .*classes has {counts[1]}\n"):
        read(texts, classes)


def test_a_stray_tab_is_told_before_it_shifts_the_columns(read: Read) -> None:
    with pytest.raises(RequestError, match="line 2: 2 columns, but line 1 has 1"):
        read("a\nb\t2\n", "0\n1\n")


def test_a_blank_class_is_no_class(read: Read) -> None:
    with pytest.raises(RequestError, match="line 2: row 2: no label"):
        read("a\nb\n", "0\n\n")


def test_the_second_file_is_checked_against_its_own_digest(tmp_path: Path) -> None:
    split = Split.model_validate(
        {"source": _source(tmp_path, "texts", "a\n"), "columns_from": {"file": "texts", "sha256": "0" * 64}}
    )
    with pytest.raises(RequestError, match="wrong checksum"):
        read_split(split, Reading(), MOODS, TextExample, name="test", folder=tmp_path, offline=True)


def test_text_of_the_second_file_that_is_not_utf8_is_told_of_that_file(tmp_path: Path) -> None:
    (tmp_path / "classes").write_bytes(b"\xe9\n")
    digest = hashlib.sha256(b"\xe9\n").hexdigest()
    split = Split.model_validate(
        {"source": _source(tmp_path, "texts", "a\n"), "columns_from": {"file": "classes", "sha256": digest}}
    )
    reading = Reading.model_validate({"header": False, "fields": {"text": 0}})
    with pytest.raises(RequestError, match="classes: line 1: not UTF-8"):
        read_split(split, reading, MOODS, TextExample, name="test", folder=tmp_path, offline=True)


def test_only_delimited_text_has_a_second_file(tmp_path: Path) -> None:
    source = _source(tmp_path, "texts", "a\n")
    splits = {"test": {"source": source, "columns_from": source}}
    with pytest.raises(ValidationError, match=r"splits.test: `columns_from` is for delimited text alone"):
        DataSpec.model_validate({"read": {"format": "jsonl"}, "splits": splits})


def test_a_split_of_one_file_says_nothing_of_a_second(tmp_path: Path) -> None:
    assert "columns_from" not in Split.model_validate({"source": _source(tmp_path, "texts", "a")}).model_dump()


def test_a_pair_of_texts_is_one_example(written: Callable[[str], Any], tmp_path: Path) -> None:
    settings = {"fields": {"text": "sentence1", "second": "sentence2", "label": "gold_label"}}
    text = "sentence1\tsentence2\tgold_label\nIt rains.\tIt is wet.\tpositive\n"
    (pair,) = read_split(
        Split(source=written(text)),
        Reading.model_validate(settings),
        MOODS,
        TextExample,
        name="test",
        folder=tmp_path,
        offline=True,
    )
    assert pair == TextExample(id="test-1", text="It rains.", second="It is wet.", label=2)
    assert pair.content == ("It rains.", "It is wet.")
