import csv
import io
import json
from datetime import UTC, datetime

import pandas as pd
import pytest
from rich.console import Console

from leaderboard.reports.formats import Format, emit, records


def printed(frame: pd.DataFrame, form: Format, **options) -> str:
    file = io.StringIO()
    emit(frame, form, Console(file=file, width=80), **options)
    return file.getvalue()


@pytest.fixture
def awkward() -> pd.DataFrame:
    """Everything that breaks a careless writer."""
    return pd.DataFrame(
        {
            "text": ['a|b, "c"', "two\nlines", "[bold]markup[/bold] \\| ü"],
            "value": [0.5, float("nan"), 1.0],
            "count": pd.array([1, None, 3], dtype="Int64"),
            "flag": [True, False, True],
            "when": pd.to_datetime([datetime(2026, 5, 1, 12, tzinfo=UTC), None, datetime(2026, 5, 2, tzinfo=UTC)]),
            "data": [{"a": [1, None]}, [], {}],
        }
    )


PLAIN = [
    {
        "text": 'a|b, "c"',
        "value": 0.5,
        "count": 1,
        "flag": True,
        "when": "2026-05-01T12:00:00+00:00",
        "data": {"a": [1, None]},
    },
    {"text": "two\nlines", "value": None, "count": None, "flag": False, "when": None, "data": []},
    {
        "text": "[bold]markup[/bold] \\| ü",
        "value": 1.0,
        "count": 3,
        "flag": True,
        "when": "2026-05-02T00:00:00+00:00",
        "data": {},
    },
]


def test_json_has_null_where_nothing_is_known(awkward):
    assert json.loads(printed(awkward, Format.JSON)) == PLAIN
    assert "NaN" not in printed(awkward, Format.JSON)


def test_jsonl_is_one_object_a_line(awkward):
    lines = printed(awkward, Format.JSONL).splitlines()
    assert [json.loads(line) for line in lines] == PLAIN


def test_empty_frame_is_an_empty_list_and_a_bare_header(awkward):
    assert printed(awkward[:0], Format.JSON) == "[]\n"
    assert printed(awkward[:0], Format.JSONL) == ""
    assert printed(awkward[:0], Format.CSV) == "text,value,count,flag,when,data\n"


def test_csv_comes_back_whole(awkward):
    rows = list(csv.DictReader(io.StringIO(printed(awkward, Format.CSV), newline="")))
    assert [row["text"] for row in rows] == [row["text"] for row in PLAIN]
    assert [row["value"] for row in rows] == ["0.5", "", "1.0"]
    assert [row["count"] for row in rows] == ["1", "", "3"]
    assert json.loads(rows[0]["data"]) == {"a": [1, None]}


def test_markdown_escapes_what_would_break_the_table(awkward):
    lines = printed(awkward[["text", "value"]], Format.MARKDOWN).splitlines()
    assert lines == [
        "| text | value |",
        "| --- | --- |",
        '| a\\|b, "c" | 0.5 |',
        "| two<br>lines |  |",
        "| [bold]markup[/bold] \\\\\\| ü | 1.0 |",
    ]


def test_table_shows_markup_as_text(awkward):
    assert "[bold]markup[/bold]" in printed(awkward[["text"]], Format.TABLE)


def test_people_get_the_readable_frame_and_programs_the_whole(awkward):
    options = {"readable": lambda frame: frame[["flag"]].rename(columns={"flag": "yes"})}
    assert printed(awkward, Format.MARKDOWN, **options).startswith("| yes |\n")
    assert "yes" in printed(awkward, Format.TABLE, **options)
    assert json.loads(printed(awkward, Format.JSON, **options)) == PLAIN


def test_integers_stay_integers(awkward):
    assert [type(row["count"]) for row in records(awkward)] == [int, type(None), int]


@pytest.fixture
def long(awkward) -> pd.DataFrame:
    """More rows than are written at once."""
    return pd.concat([awkward] * 1500, ignore_index=True)


def test_json_in_pieces_is_one_array_with_a_record_a_line(awkward, long):
    for frame in (awkward, long, awkward[:1]):
        first, *lines, last = printed(frame, Format.JSON).splitlines()
        assert (first, last) == ("[", "]")
        assert [json.loads(line.removesuffix(",")) for line in lines] == records(frame)
        assert json.loads(printed(frame, Format.JSON)) == records(frame)


def test_csv_in_pieces_has_one_header_and_every_row(long):
    rows = list(csv.reader(io.StringIO(printed(long, Format.CSV), newline="")))
    assert rows[0] == list(long.columns)
    assert rows[1:4] * 1500 == rows[1:]


def test_jsonl_in_pieces_has_every_row(long):
    assert [json.loads(line) for line in printed(long, Format.JSONL).splitlines()] == PLAIN * 1500


def test_a_number_that_json_has_no_word_for_is_refused():
    with pytest.raises(ValueError, match="not JSON compliant"):
        printed(pd.DataFrame({"value": [float("inf")]}), Format.JSON)


def test_tables_do_not_make_the_readable_frame_that_they_do_not_print(awkward):
    def never(_: pd.DataFrame) -> pd.DataFrame:
        raise AssertionError("nobody reads this")

    assert printed(awkward, Format.TABLE, readable=never, tables=lambda _: ["a table"]) == "a table\n"
