import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leaderboard.data.examples import ChoiceExample, Example, PairExample, TextExample
from leaderboard.data.portions import limited_splits
from leaderboard.data.reading import read_split, splits_of
from leaderboard.data.source import Source
from leaderboard.data.specification import DataSpec, Reading, Split
from leaderboard.errors import RequestError

Written = Callable[[str], Source]
PLAIN = {"text": "text", "label": "label"}
SIDES = ("negative", "positive")


@pytest.fixture
def read(written: Written, tmp_path: Path) -> Callable[..., list[Any]]:
    def reader(
        text: str, example: type[Example] = TextExample, labels: tuple[str, ...] = SIDES, **reading: Any
    ) -> list[Any]:
        split = Split(source=written(text))
        settings = Reading.model_validate(reading)
        return read_split(split, settings, labels, example, name="test", folder=tmp_path, offline=True)

    return reader


Read = Callable[..., list[Any]]


def test_tab_separated_text_takes_quotes_as_they_are(read: Read) -> None:
    examples = read('text\tlabel\n"fine" he said\tpositive\n"open\tnegative\n', fields=PLAIN)
    assert [(example.text, example.label) for example in examples] == [('"fine" he said', 1), ('"open', 0)]


def test_comma_separated_text_follows_csv(read: Read) -> None:
    examples = read('text,label\n"a, ""b""\nc",positive\n', fields=PLAIN, delimiter=",")
    assert examples == [TextExample(id="test-1", text='a, "b"\nc', label=1)]


@pytest.mark.parametrize("delimiter", ["\t", ","])
def test_a_byte_order_mark_and_carriage_returns_are_not_text(read: Read, delimiter: str) -> None:
    examples = read(f"\ufefftext{delimiter}label\r\ngood{delimiter}positive\r\n\r\n", fields=PLAIN, delimiter=delimiter)
    assert examples == [TextExample(id="test-1", text="good", label=1)]


def test_columns_without_a_header_are_numbered_from_zero(read: Read) -> None:
    examples = read("good\t1\n", header=False, fields={"text": 0, "label": 1}, label_values={"1": "positive"})
    assert examples == [TextExample(id="test-1", text="good", label=1)]


def test_a_lone_carriage_return_or_line_separator_stays_in_its_text(read: Read) -> None:
    assert read("a\rb\u2028c\n", header=False, fields={"text": 0})[0].text == "a\rb\u2028c"


def test_only_the_rows_asked_for_are_read_and_keep_their_numbers(read: Read) -> None:
    text = "kind\ttext\na\tone\nb\ttwo\na\tthree\n"
    examples = read(text, fields={"text": "text"}, only={"kind": "a"})
    assert [(example.id, example.text) for example in examples] == [("test-1", "one"), ("test-3", "three")]


def test_asking_for_rows_by_a_column_that_is_not_there_is_an_error(read: Read) -> None:
    with pytest.raises(RequestError, match="row 1: no column 'sort'"):
        read("kind\ttext\na\tone\n", fields={"text": "text"}, only={"sort": "a"})


def test_asking_for_rows_of_which_there_are_none_is_an_error(read: Read) -> None:
    with pytest.raises(RequestError, match="no row has a class, or what `only` asks for"):
        read("kind\ttext\na\tone\n", fields={"text": "text"}, only={"kind": "c"})


def test_a_reading_that_takes_every_row_says_nothing_of_it() -> None:
    assert "only" not in Reading().model_dump(mode="json")
    assert Reading(only={"kind": "a"}).model_dump(mode="json")["only"] == {"kind": "a"}


def test_a_row_has_its_own_id_where_the_data_says_so(read: Read) -> None:
    assert [example.id for example in read("x7\tgood\n", header=False, fields={"id": 0, "text": 1})] == ["x7"]


def test_two_rows_with_one_id_are_refused(read: Read) -> None:
    with pytest.raises(RequestError, match="two rows have the id 'x'"):
        read("x\tgood\nx\tbad\n", header=False, fields={"id": 0, "text": 1})


def test_json_lines_are_reached_into(read: Read) -> None:
    line = '{"q": {"stem": "Why?", "choices": [{"text": "a"}, {"text": "b"}]}, "key": 1, "say": ["x", "y"]}\n\n'
    fields = {"question": "q.stem", "choices": "say", "answer": "key"}
    (example,) = read(line, ChoiceExample, format="jsonl", fields=fields)
    assert example == ChoiceExample(id="test-1", question="Why?", choices=("x", "y"), answer=1)
    assert read(line, format="jsonl", fields={"text": "q.choices.1.text"})[0].text == "b"


def test_choices_and_answer_by_pattern(read: Read) -> None:
    line = '{"question": "Where?", "options": "A. here\\nB. over there", "answer": "B. over there"}\n'
    option = r"(?m)^[A-Z]\. (.*)$"
    fields = {
        "question": "question",
        "choices": {"column": "options", "pattern": option, "every": True},
        "answer": {"column": "answer", "pattern": option},
    }
    (example,) = read(line, ChoiceExample, format="jsonl", fields=fields)
    assert (example.choices, example.answer) == (("here", "over there"), 1)


def test_an_answer_that_is_not_offered_is_refused(read: Read) -> None:
    line = '{"question": "?", "choices": ["a", "b"], "answer": "c"}\n'
    fields = {name: name for name in ("question", "choices", "answer")}
    with pytest.raises(RequestError, match="row 1: the answer 'c' is none of the choices: 'a', 'b'"):
        read(line, ChoiceExample, format="jsonl", fields=fields)


def test_a_template_sees_the_row_and_is_sandboxed(read: Read) -> None:
    text = "sentence\tmask1\tmask2\nAll [MASK] smile.\tcats\tdogs\n"
    fields = {
        "more": {"template": "{{ sentence.replace('[MASK]', mask1) }}"},
        "less": {"template": "{{ row['sentence'] | replace('[MASK]', mask2) }}"},
        "category": {"template": "animals"},
    }
    (pair,) = read(text, PairExample, fields=fields)
    assert (pair.more, pair.less) == ("All cats smile.", "All dogs smile.")
    for stolen in ("{{ ''.__class__.__mro__ }}", "{{ nowhere }}"):
        with pytest.raises(RequestError, match="row 1"):
            read(text, fields={"text": {"template": stolen}})


def test_numbers_become_classes_by_range_and_rows_between_are_left_out(read: Read) -> None:
    rows = "a\t-1.0\nb\t-0.99\nc\t0\nd\t1\ne\t4\n"
    ranges = {"negative": [-4, -1], "positive": [1, 4]}
    examples = read(rows, header=False, fields={"text": 0, "label": 1}, label_ranges=ranges)
    assert [(example.id, example.text, example.label) for example in examples] == [
        ("test-1", "a", 0),
        ("test-4", "d", 1),
        ("test-5", "e", 1),
    ]


def test_json_labels_are_known_by_their_json_words(read: Read) -> None:
    values = {"true": "positive", "0": "negative"}
    lines = '{"text": "a", "label": true}\n{"text": "b", "label": 0}\n'
    assert [example.label for example in read(lines, format="jsonl", fields=PLAIN, label_values=values)] == [1, 0]


@pytest.mark.parametrize(
    ("text", "reading", "message"),
    [
        ("text\tlabel\na\tgood\n", {}, r"row 1: unknown label 'good'\n  Known: negative, positive"),
        ("text\tmood\na\tgood\n", {}, r"row 1: no column 'label'\n  Columns: text, mood"),
        ("text\tlabel\na\tpositive\nb\n", {}, "row 2: 1 columns where the header names 2"),
        ("text\tlabel\n", {}, "no examples"),
        ("", {}, "no examples"),
        ("text\tlabel\na\tx\n", {"label_ranges": {"positive": [0, 1]}}, "row 1: label 'x' is not a number"),
        ("{broken\n", {"format": "jsonl"}, "row 1: not JSON"),
        ("[1]\n", {"format": "jsonl"}, "row 1: a row has to be a JSON object, not list"),
        (
            '{"text": 3, "label": "positive"}\n',
            {"format": "jsonl"},
            "row 1: field 'text': Input should be a valid string",
        ),
        ('text,label\n"open,positive\n', {"delimiter": ","}, "line 2: unexpected end of data"),
    ],
)
def test_what_a_file_has_wrong_is_told_with_its_place(read: Read, text: str, reading: Any, message: str) -> None:
    with pytest.raises(RequestError, match=message) as error:
        read(text, fields=PLAIN, **reading)
    assert "data.txt" in str(error.value)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"text": "text", "labels": "label"}, "unknown field of a TextExample 'labels'"),
        ({"label": "label"}, "a TextExample also needs: text"),
        ({"text": {"column": "text", "pattern": "z+"}}, "row 1: field 'text': nothing in 'a' matches 'z\\+'"),
    ],
)
def test_fields_that_do_not_fit_are_reported(read: Read, fields: Any, message: str) -> None:
    with pytest.raises(RequestError, match=message):
        read("text\tlabel\na\tpositive\n", fields=fields)


def test_text_that_is_not_utf8_is_reported(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"caf\xe9\n")
    source = Source.model_validate({"file": "x", "sha256": hashlib.sha256(b"caf\xe9\n").hexdigest()})
    with pytest.raises(RequestError, match="not UTF-8"):
        read_split(
            Split(source=source),
            Reading.model_validate({"header": False, "fields": {"text": 0}}),
            (),
            TextExample,
            name="test",
            folder=tmp_path,
            offline=True,
        )


def _spec(source: Source) -> DataSpec:
    split = {"source": source.model_dump()}
    return DataSpec.model_validate(
        {
            "read": {"header": False, "fields": {"text": 0}},
            "splits": {
                "train": {**split, "share": [0.0, 0.5]},
                "nonmembers": {**split, "share": [0.5, 1.0]},
                "test": split,
                "few": {**split, "rows": 7},
            },
        }
    )


def test_a_limit_spares_what_a_subject_is_made_from(written: Written, tmp_path: Path) -> None:
    data = _spec(written("".join(f"text {index}\n" for index in range(100))))
    every = splits_of(data, TextExample, folder=tmp_path, offline=True)
    some = limited_splits(every, 5, seed=0)
    assert len(some["test"]) == 5
    assert len(some["train"]) + len(some["nonmembers"]) == 100
    assert [example.id for example in every["test"]] == [f"test-{number}" for number in range(1, 101)]
    assert len(every["few"]) == 7
    assert list(some) == ["train", "nonmembers", "test", "few"]


def test_splits_are_read_when_they_are_asked_for(tmp_path: Path) -> None:
    missing = Source.model_validate({"file": "not-there.txt", "sha256": "0" * 64})
    splits = splits_of(_spec(missing), TextExample, folder=tmp_path, offline=True)
    assert "test" in splits
    with pytest.raises(RequestError, match="no split 'tset'"):
        splits["tset"]
