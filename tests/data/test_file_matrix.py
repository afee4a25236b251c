"""Files as people have them: each is read right, or refused with its place and what to write instead."""

import codecs
import hashlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pydantic import ValidationError

from leaderboard.data.encodings import ENCODINGS
from leaderboard.data.examples import ChoiceExample, Example, TaggedExample, TextExample
from leaderboard.data.reading import examine_split, read_split
from leaderboard.data.specification import DataSpec, Reading, Split
from leaderboard.data.split_reading import SplitReading
from leaderboard.errors import RequestError
from tests.in_one_test import in_one_test

SIDES = ("negative", "positive")
NAMED = {"text": "text", "label": "label"}
CSV = {"delimiter": ",", "fields": NAMED}
JSONL = {"format": "jsonl", "fields": NAMED}
CHINESE = "text,label\n房间很干净，服务也好,positive\n早餐不好吃，不会再来,negative\n"

Examine = Callable[..., SplitReading[Any]]


@pytest.fixture
def examine(tmp_path: Path) -> Examine:
    def reader(
        data: bytes | str, example: type[Example] = TextExample, labels: tuple[str, ...] = SIDES, **reading: Any
    ) -> SplitReading[Any]:
        content = data.encode() if isinstance(data, str) else data
        (tmp_path / "rows").write_bytes(content)
        split = Split.model_validate({"source": {"file": "rows", "sha256": hashlib.sha256(content).hexdigest()}})
        settings = Reading.model_validate(reading)
        options: dict[str, Any] = {"name": "test", "folder": tmp_path, "offline": True}
        read_split(split, settings, labels, example, **options)
        return examine_split(split, settings, labels, example, **options)

    return reader


def _texts(result: SplitReading[Any]) -> list[tuple[str, int | None]]:
    return [(example.text, example.label) for example in result.examples]


AWKWARD = pd.DataFrame({"text": ['he said "no"', "a\tb", "line\nend", "plain, really"], "label": [*SIDES, *SIDES]})


@pytest.mark.parametrize("quoting", [0, 1, 2])
@pytest.mark.parametrize("delimiter", ["\t", ",", ";", "|"])
def test_what_pandas_writes_is_read_back(examine: Examine, delimiter: str, quoting: int) -> None:
    written = AWKWARD.to_csv(sep=delimiter, index=False, quoting=quoting)
    result = examine(written, delimiter=delimiter, fields=NAMED, quotes="csv")
    expected = pd.read_csv(io.StringIO(written), sep=delimiter)
    assert [example.text for example in result.examples] == expected.text.tolist() == AWKWARD.text.tolist()


@pytest.mark.parametrize(
    "frame",
    [AWKWARD[:1], AWKWARD[1:2], AWKWARD[2:3], AWKWARD],
    ids=["doubled quotes", "a tab", "a line end", "all of them"],
)
def test_a_tsv_that_pandas_quoted_is_refused_until_the_task_says_how(examine: Examine, frame: pd.DataFrame) -> None:
    more = pd.DataFrame({"text": ["x", "y"], "label": SIDES})
    written = pd.concat([frame, more]).to_csv(sep="\t", index=False)
    with pytest.raises(RequestError, match=r"as a CSV writer quotes it\n  Write `quotes: csv`"):
        examine(written, fields=NAMED)


def test_a_column_that_is_quoted_throughout_is_refused_too(examine: Examine) -> None:
    written = AWKWARD[3:].to_csv(sep="\t", index=False, quoting=2) + '"more"\t"negative"\n'
    with pytest.raises(RequestError, match="every value of column 1 is in quotation marks"):
        examine(written, fields=NAMED)


@pytest.mark.parametrize(
    "text", ['"fine" he said', '"open', 'close"', '"a ""b"" c', 'say "x"', '"alone"', "''x''", '5" nails']
)
def test_a_tsv_that_no_csv_writer_wrote_keeps_its_quotation_marks(examine: Examine, text: str) -> None:
    result = examine(f"text\tlabel\n{text}\tpositive\nplain\tnegative\n", fields=NAMED)
    assert _texts(result)[0] == (text, 1)


def test_quotation_marks_may_be_said_to_be_plain_text(examine: Examine) -> None:
    written = 'text\tlabel\n"a ""b"""\tpositive\n'
    assert _texts(examine(written, fields=NAMED, quotes="plain")) == [('"a ""b"""', 1)]
    assert _texts(examine(written, fields=NAMED, quotes="csv")) == [('a "b"', 1)]
    assert (
        _texts(examine('text;label\n5" nail;positive\n', delimiter=";", fields=NAMED, quotes="plain"))[0][0]
        == '5" nail'
    )


def test_a_quotation_mark_without_its_partner_is_told_with_the_line_it_stands_in(examine: Examine) -> None:
    with pytest.raises(RequestError, match=r"rows: line 4: .*; the record begins in line 2, .*\n.*`quotes: plain`"):
        examine('text,label\n"open,positive\nb,negative\nc,negative\n', **CSV)


@pytest.mark.parametrize("length", [131_073, 1_000_000])
@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_a_field_may_be_as_long_as_it_likes(examine: Examine, length: int, delimiter: str) -> None:
    result = examine(f"text{delimiter}label\n{'x' * length}{delimiter}positive\n", delimiter=delimiter, fields=NAMED)
    assert len(result.examples[0].text) == length


@pytest.mark.parametrize("delimiter", ["||", "", '"', "\n", "，", "\0"])
def test_a_delimiter_is_one_character(delimiter: str) -> None:
    with pytest.raises(ValidationError, match="a delimiter is one ASCII character"):
        Reading.model_validate({"delimiter": delimiter})


def test_a_header_that_names_a_column_twice_is_refused_where_that_is_read(examine: Examine) -> None:
    with pytest.raises(RequestError, match="line 1: the header names the column 'text' 2 times"):
        examine("text,label,text\na,positive,b\n", **CSV)
    assert _texts(examine("text,label,note,note\na,positive,b,c\n", **CSV)) == [("a", 1)]
    with pytest.raises(RequestError, match="'note' 2 times"):
        examine("text,label,note,note\na,positive,b,c\n", delimiter=",", fields={"text": {"template": "{{ note }}"}})


@pytest.mark.parametrize(("header", "width"), [("text,label\n", "the header names 2"), ("", "row 1 has 2")])
def test_a_ragged_row_names_itself(examine: Examine, header: str, width: str) -> None:
    fields = NAMED if header else {"text": 0, "label": 1}
    line = 3 if header else 2
    with pytest.raises(RequestError, match=f"line {line}: row 2: 3 columns where {width}"):
        examine(f"{header}a,positive\nwell, well,positive\n", delimiter=",", header=bool(header), fields=fields)


def test_lines_are_counted_as_an_editor_counts_them(examine: Examine) -> None:
    with pytest.raises(RequestError, match="line 7: row 3: unknown label 'good'"):
        examine('text,label\n"a\n\nb",positive\nb,negative\n\nc,good\n', **CSV)
    with pytest.raises(RequestError, match="line 3: row 2: unknown label 'good'"):
        examine(
            '{"text": "a", "label": "positive"}\n\n{"text": "b", "label": "good"}\n'.replace("\n\n", "\n \n"), **JSONL
        )


@pytest.mark.parametrize("encoding", ["gbk", "gb18030"])
def test_text_in_gbk_is_refused_with_the_encoding_that_reads_it(examine: Examine, encoding: str) -> None:
    data = CHINESE.encode(encoding)
    with pytest.raises(RequestError, match=r"line 2: not UTF-8 text.*\n.*write `encoding: gb18030` under `read:`"):
        examine(data, **CSV)
    assert _texts(examine(data, **CSV, encoding=encoding))[0] == ("房间很干净，服务也好", 1)


OTHERS = {
    "shift_jis": "この映画はとても面白かったです。",
    "euc_kr": "이 영화는 정말 재미있었습니다.",
    "cp1251": "Это был очень хороший фильм.",
    "cp1252": "Das wäre schön gewesen – “très” bien.",
}


@pytest.mark.parametrize(("encoding", "text"), OTHERS.items())
def test_the_encoding_of_other_languages_is_named(examine: Examine, encoding: str, text: str) -> None:
    data = f"text\tlabel\n{text}\tpositive\n".encode(encoding)
    with pytest.raises(RequestError, match=f"write `encoding: {encoding}`"):
        examine(data, fields=NAMED)
    assert _texts(examine(data, fields=NAMED, encoding=encoding)) == [(text, 1)]


@pytest.mark.parametrize(
    "text",
    [
        "caf\u00e9 bon",
        "tr\u00e8s",
        "Stra\u00dfe",
        "ma\u00f1ana, ni\u00f1o",
        "gar\u00e7on, ch\u00e2teau",
        "Gr\u00fc\u00dfe",
    ],
)
def test_accents_within_words_are_of_a_western_encoding(examine: Examine, text: str) -> None:
    data = f"text\tlabel\n{text}\tpositive\n".encode("cp1252")
    with pytest.raises(RequestError, match="write `encoding: cp1252`"):
        examine(data, fields=NAMED)
    assert _texts(examine(data, fields=NAMED, encoding="latin-1")) == [(text, 1)]


def test_quotation_marks_of_windows_are_no_control_characters(examine: Examine) -> None:
    text = "\u201ccaf\u00e9\u201d \u2013 5 \u20ac"
    data = f"text\tlabel\nfine\tpositive\n{text}\tpositive\n".encode("cp1252")
    with pytest.raises(RequestError, match="line 3: `encoding: latin-1` reads a control character"):
        examine(data, fields=NAMED, encoding="latin-1")
    assert _texts(examine(data, fields=NAMED, encoding="cp1252"))[1] == (text, 1)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_wide_text_is_refused_and_read_when_it_is_said_to_be_such(examine: Examine, encoding: str) -> None:
    data = "text\tlabel\nfine\tpositive\nbad\tnegative\n".encode(encoding)
    with pytest.raises(RequestError, match=f"`encoding: {encoding}`" if encoding != "utf-32" else "utf-32"):
        examine(data, fields=NAMED)
    assert _texts(examine(data, fields=NAMED, encoding=encoding)) == [("fine", 1), ("bad", 0)]


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "gb18030"])
def test_utf8_is_not_garbled_by_an_encoding_that_takes_anything(examine: Examine, encoding: str) -> None:
    data = "text\tlabel\nschöne 房间\tpositive\n".encode()
    with pytest.raises(RequestError, match=f"it is UTF-8 text, which `encoding: {encoding}` would garble"):
        examine(data, fields=NAMED, encoding=encoding)


def test_an_encoding_that_is_none_is_refused() -> None:
    for name in ("utf-9", "base64", "zip", "punycode", "idna", "unicode_escape", "utf-7", "undefined", "a\0b", ""):
        with pytest.raises(ValidationError, match="is no encoding of text that can be read; name the one that"):
            Reading.model_validate({"encoding": name})


@in_one_test("name", sorted(ENCODINGS))
def test_an_encoding_of_the_list_has_the_name_that_python_gives_it(name: str) -> None:
    assert codecs.lookup(name).name == name
    assert Reading.model_validate({"encoding": name}).encoding == name


@in_one_test("name", ["utf8", "UTF-8", "Latin-1", "windows-1252", "GBK", "euc-kr", "mac_roman", "shift-jis"])
def test_an_encoding_may_be_called_by_its_other_names(name: str) -> None:
    assert Reading.model_validate({"encoding": name}).encoding == ("utf-8" if "8" in name[3:] else name)


@pytest.mark.parametrize("start", [b"7z\xbc\xaf\x27\x1c", b"PAR1", b"ARROW1", b"SQLite format 3"])
def test_what_is_no_text_is_reported(examine: Examine, start: bytes) -> None:
    with pytest.raises(RequestError, match="not a text file but"):
        examine(start + b"\0\xff", fields=NAMED)


def test_lines_that_end_in_cr_alone_are_reported(examine: Examine) -> None:
    with pytest.raises(RequestError, match="end in CR alone"):
        examine("text\tlabel\ra\tpositive\r", fields=NAMED)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"text": "half \\ud83d", "label": "positive"}', r"field 'text': character 6 is half of a surrogate pair"),
        ('{"text": "a\\u0000b", "label": "positive"}', "field 'text': 'a.*' has a NUL character"),
        ('{"text": "a", "text": "b", "label": "positive"}', "not JSON: an object has the key 'text' twice"),
        ('{"text": "a", "label": "positive"} x', "not JSON: Extra data"),
        ('{"text": null, "label": "positive"}', "field 'text': no value"),
        ('{"text": NaN, "label": "positive"}', "field 'text': no value"),
        ('{"text": " ", "label": "positive"}', "field 'text': no value"),
        ('{"text": "\\u200b", "label": "positive"}', "field 'text': no value"),
        ('{"text": "\\u2060 \\ufeff\\u00ad", "label": "positive"}', "field 'text': no value"),
        ('{"text": "a", "label": null}', "no label"),
        ('{"text": "a"}', "no column 'label'"),
        ('{"text": "a", "label": " positive"}', r"unknown label ' positive'(.|\n)*spaces around it"),
        ('{"text": "a", "label": true}', "unknown label 'true'"),
        ('{"text": "a", "label": 1.0}', r"unknown label '1\.0'"),
        ('{"text": 1, "label": "positive"}', "field 'text': Input should be a valid string"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_a_bad_line_of_json_names_itself_and_can_be_left_out(examine: Examine, line: str, message: str) -> None:
    good = '{"text": "fine", "label": "positive"}\n'
    with pytest.raises(RequestError, match=f"line 2: row 2: {message}"):
        examine(good + line + "\n" + good, **JSONL)
    result = examine(good + line + "\n" + good, **JSONL, bad_rows="drop", missing="drop")
    assert (len(result.examples), result.missing + result.bad) == (2, 1)


def test_json_lists_are_read_and_lines_are_told_from_them(examine: Examine) -> None:
    rows = [{"text": "a", "label": "positive"}, {"text": "b", "label": "negative"}]
    assert _texts(examine(json.dumps(rows, indent=1), format="json", fields=NAMED)) == [("a", 1), ("b", 0)]
    with pytest.raises(RequestError, match="`format: json`"):
        examine(json.dumps(rows, indent=1), **JSONL)
    with pytest.raises(RequestError, match="`format: jsonl`"):
        examine("\n".join(map(json.dumps, rows)), format="json", fields=NAMED)
    with pytest.raises(RequestError, match="one list of objects, not dict"):
        examine(json.dumps(rows[0]), format="json", fields=NAMED)


def test_rows_without_a_value_are_refused_or_left_out_and_counted(examine: Examine) -> None:
    rows = "text,label\na,positive\n,negative\nc,\nd,negative\n"
    with pytest.raises(RequestError, match=r"line 3: row 2: field 'text': no value .*\n  and 1 more of 4 rows"):
        examine(rows, **CSV)
    result = examine(rows, **CSV, missing="drop")
    assert _texts(result) == [("a", 1), ("d", 0)]
    assert result.notes == ("2 of 4 rows of rows lack a value and were left out",)


def test_rows_that_cannot_be_read_are_left_out_and_counted(examine: Examine) -> None:
    result = examine("text,label\na,positive\nb,c,d\ne,happy\nf,negative\n", **CSV, bad_rows="drop")
    assert [example.id for example in result.examples] == ["test-1", "test-4"]
    assert result.notes == ("2 of 4 rows of rows cannot be read and were left out",)
    with pytest.raises(RequestError, match="no value"):
        examine("text,label\na,positive\n,negative\n", **CSV, bad_rows="drop")


def test_what_is_dropped_is_part_of_the_task_and_said_only_where_it_is() -> None:
    plain = Reading().model_dump(mode="json")
    assert not {"missing", "bad_rows", "encoding", "quotes"} & set(plain)
    settings = Reading.model_validate({"missing": "drop", "bad_rows": "drop", "encoding": "gbk", "quotes": "csv"})
    assert settings.model_dump(mode="json") == plain | {
        "missing": "drop",
        "bad_rows": "drop",
        "encoding": "gbk",
        "quotes": "csv",
    }


@pytest.mark.parametrize(
    ("data", "reading", "hint"),
    [
        ("text,label\na,positive\n", {"fields": NAMED}, 'write `delimiter: ","`'),
        ("text\tlabel\na\tpositive\n", CSV, r'write `delimiter: "\\t"`'),
        ("a;positive\nb;negative\n", {"header": False, "fields": {"text": 0, "label": 1}}, 'write `delimiter: ";"`'),
        ("a,positive\nb,negative\n", {"delimiter": ",", "fields": {"text": 0, "label": 1}}, "write `header: false`"),
        (
            "text,label\na,positive\n",
            {"delimiter": ",", "header": False, "fields": {"text": 0, "label": 1}},
            "write `header: true`",
        ),
        ("sentence\nfine\n", {"header": False, "fields": {"text": 0}}, "write `header: true`"),
        ("Text,label\na,positive\n", CSV, "Did you mean 'Text'"),
        ("text, label\na,positive\n", CSV, "Did you mean ' label'"),
    ],
)
def test_near_certain_mistakes_come_with_what_to_write(examine: Examine, data: str, reading: Any, hint: str) -> None:
    with pytest.raises(RequestError, match=hint):
        examine(data, **reading)


@pytest.mark.parametrize("data", ["", "text,label\n", "\n\n", "\ufeff"])
def test_a_file_without_rows_is_reported(examine: Examine, data: str) -> None:
    with pytest.raises(RequestError, match="no examples: the file has no rows"):
        examine(data, **CSV)


def test_names_are_the_same_however_unicode_composes_them(examine: Examine) -> None:
    labels = ("caf\u00e9", "th\u00e9")
    result = examine("text,label\na,cafe\u0301\nb,th\u00e9\n", labels=labels, **CSV)
    assert _texts(result) == [("a", 0), ("b", 1)]
    with pytest.raises(ValidationError, match="is there twice"):
        DataSpec.model_validate({"same_as": "x", "labels": ["caf\u00e9", "cafe\u0301"]})
    with pytest.raises(ValidationError, match="'caf\u00e9' is there twice"):
        Reading.model_validate({"label_values": {"caf\u00e9": "negative", "cafe\u0301": "positive"}})


@pytest.mark.parametrize("ranges", [{"negative": [1, 3], "positive": [2, 5]}, {"negative": [3, 1]}])
def test_ranges_that_overlap_or_are_empty_are_refused(ranges: Any) -> None:
    with pytest.raises(ValidationError, match=r"overlap from 2 to 3|is empty"):
        Reading.model_validate({"label_ranges": ranges})


def test_labels_in_no_range_are_left_out_and_counted(examine: Examine) -> None:
    ranges = {"negative": [1, 2], "positive": [4, 5]}
    result = examine("text,label\na,1\nb,3\nc,5\nd,9\n", **CSV, label_ranges=ranges)
    assert _texts(result) == [("a", 0), ("c", 1)]
    assert result.notes == ("2 of 4 rows of rows have a label in no range and were left out",)


@pytest.mark.parametrize(
    ("raw", "message"),
    [("true", "is not a number"), ("NaN", "no label"), ('"1_0"', "is not a number"), ("null", "no label")],
)
def test_what_is_no_number_falls_in_no_range(examine: Examine, raw: str, message: str) -> None:
    with pytest.raises(RequestError, match=f"line 1: row 1: .*{message}"):
        examine(f'{{"text": "a", "label": {raw}}}\n', **JSONL, label_ranges={"positive": [0, 20]})


@pytest.mark.parametrize(
    ("answer", "message"),
    [("true", "neither the number of a choice"), ('"a"', "several of the choices"), ("5", "not one of")],
)
def test_an_answer_is_one_of_the_choices(examine: Examine, answer: str, message: str) -> None:
    line = f'{{"q": "?", "c": ["a", "b", "a"], "key": {answer}}}\n'
    with pytest.raises(RequestError, match=message):
        examine(line, ChoiceExample, format="jsonl", fields={"question": "q", "choices": "c", "answer": "key"})


def test_a_wrong_tag_names_its_word(examine: Examine) -> None:
    reading: dict[str, Any] = {"format": "conll", "fields": {"words": 0, "tags": 1}}
    with pytest.raises(RequestError, match=r"line 4: row 2: unknown label 'B-X' of word 2 \('b'\)"):
        examine("w\tO\n\r\n\nv\tO\nb\tB-X\n", TaggedExample, ("O", "B-Y"), **reading)
    result = examine("w\tO\n\nv\tO\nb\tB-X\n\nx O\n\ny O z\nv O\n", TaggedExample, ("O",), **reading, bad_rows="drop")
    assert [example.words for example in result.examples] == [("w",), ("x",)]
    assert result.bad == 2


def test_rows_that_a_stray_quotation_mark_swallows_are_reported(examine: Examine) -> None:
    with pytest.raises(RequestError, match=r"line 3: row 2: field 'text': a quotation mark .* such as 'open,positive'"):
        examine('text,label\na,positive\n"open,positive\nb,negative\nclose",negative\n', **CSV)
    assert _texts(examine('text,label\n"well,\nfine",positive\n', **CSV)) == [("well,\nfine", 1)]


def test_contradictory_copies_are_left_out_and_counted(examine: Examine) -> None:
    rows = "text,label\nGood,positive\ngood ,negative\nfine,positive\nfine,positive\n"
    assert len(examine(rows, **CSV).examples) == 4
    result = examine(rows, **CSV, contradictions="drop")
    assert _texts(result) == [("fine", 1), ("fine", 1)]
    assert result.notes == ("2 of 4 rows of rows repeat a text under another label and were left out",)


def test_a_group_is_read_as_text_and_may_be_missing(examine: Examine) -> None:
    rows = "text,label,author\na,positive,7\nb,negative,\n"
    result = examine(rows, **{**CSV, "fields": {**NAMED, "group": "author"}})
    assert [example.group for example in result.examples] == ["7", None]


def test_labels_that_mean_none_are_missing(examine: Examine) -> None:
    rows = "text,label\na,positive\nb,-\nc,nan\n"
    result = examine(rows, **CSV, missing="drop", no_labels=["-", "nan"])
    assert (_texts(result), result.missing) == ([("a", 1)], 2)
    with pytest.raises(RequestError, match="no label"):
        examine(rows, **CSV, no_labels=["-", "nan"])
