"""Spreadsheets: values of cells, the sheet that is read, and what is refused."""

import io
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from leaderboard.data.excel_file import excel_rows
from leaderboard.data.rows import read_rows
from leaderboard.data.specification import Reading
from leaderboard.errors import RequestError
from tests.data.workbooks import DATE, TIME, cell, workbook

pytest.importorskip("python_calamine", reason="the extra excel is not installed")
HEADER = ["text", "label"]
ROWS = [HEADER, ["A fine film", 1], ["Bad.", 0]]


def _records(tmp_path: Path, data: bytes, sheet: Any = None, named: Any = None, *, header: bool = True) -> list[Any]:
    (tmp_path / "a.xlsx").write_bytes(data)
    return list(excel_rows(tmp_path / "a.xlsx", sheet, named, header=header))


def _value(tmp_path: Path, xml: Any) -> Any:
    (record,) = _records(tmp_path, workbook({"S": [["x", "y"], [xml, "there"]]}))
    return record.row["x"]


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        ("A fine film", "A fine film"),
        (1, 1),
        (1.5, 1.5),
        (True, True),
        (None, ""),
        (cell("A2", 46173.416666666664, style=DATE), "2026-05-31T10:00:00"),
        (cell("A2", 46173, style=DATE), "2026-05-31"),
        (cell("A2", 1.5, style=TIME), 129_600),
        (cell("A2", 3, formula="1+2"), 3),
        (cell("A2", "made", formula='"ma"&"de"'), "made"),
        (cell("A2", None, formula="1+2"), ""),  # saved by a program that computes nothing
        ("#N/A", ""),
    ],
    ids=str,
)
def test_a_cell_is_its_value(tmp_path: Path, xml: Any, expected: Any) -> None:
    value = _value(tmp_path, xml)
    assert (value, type(value)) == (expected, type(expected))


def test_rows_have_the_names_of_the_first_row_and_the_place_in_the_sheet(tmp_path: Path) -> None:
    records = _records(tmp_path, workbook({"S": [*ROWS[:2], [None, None], ROWS[2]]}))
    assert [record.row for record in records] == [{"text": "A fine film", "label": 1}, {"text": "Bad.", "label": 0}]
    assert [record.place for record in records] == ["line 2: row 1", "line 4: row 2"]
    assert [record.row for record in _records(tmp_path, workbook({"S": ROWS[1:]}), header=False)][1] == {
        "0": "Bad.",
        "1": 0,
    }


def test_a_sheet_is_named_where_there_are_several(tmp_path: Path) -> None:
    data = workbook({"Notes": [["x"]], "Data": ROWS})
    assert len(_records(tmp_path, data, "Data")) == 2
    with pytest.raises(RequestError, match=r"2 sheets: 'Notes', 'Data'(?s:.*)`sheet:` under `read:`"):
        _records(tmp_path, data)
    with pytest.raises(RequestError, match="Did you mean 'Data'"):
        _records(tmp_path, data, "data")
    assert len(_records(tmp_path, workbook({"Notes": [["x"]], "Data": ROWS}, hidden=["Notes"]))) == 2


def test_merged_cells_are_a_problem_of_their_rows_where_they_are_read(tmp_path: Path) -> None:
    data = workbook({"S": [*ROWS, ["Good.", None]]}, merged=["B3:B4"])
    problems = [record.problem for record in _records(tmp_path, data)]
    assert problems[0] == ""
    assert problems[1:] == ["column 'label' is in merged cells (B3:B4), of which only one has a value; split them"] * 2
    assert not any(record.problem for record in _records(tmp_path, data, named={"text"}))


def test_a_column_that_is_there_twice_is_refused_where_it_is_read(tmp_path: Path) -> None:
    data = workbook({"S": [["text", "x", "x"], ["a", 1, 2]]})
    assert _records(tmp_path, data, named={"text"})[0].row["text"] == "a"
    with pytest.raises(RequestError, match="2 columns are called 'x'"):
        _records(tmp_path, data, named={"x"})


def test_a_task_reads_it_in_another_process(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(workbook({"S": ROWS}))
    reading = Reading.model_validate({"format": "excel", "sheet": "S", "fields": {"text": "text"}})
    assert [record.row["text"] for record in read_rows(tmp_path / "a.xlsx", reading)] == ["A fine film", "Bad."]
    with pytest.raises(RequestError, match="a spreadsheet\n  Write `format: excel`"):
        list(read_rows(tmp_path / "a.xlsx", Reading.model_validate({"fields": {"text": "text"}})))


@pytest.mark.parametrize("data", [b"", b"text,label\n", b"PK\x03\x04" + bytes(100), workbook({"S": ROWS})[:-200]])
def test_what_is_none_is_one_message(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(RequestError, match=r"a\.xlsx: not a readable"):
        _records(tmp_path, data)


def test_a_bomb_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = io.BytesIO(workbook({"S": ROWS}))
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/x", bytes(101 * 2**20))
    monkeypatch.setattr("python_calamine.load_workbook", None)
    with pytest.raises(RequestError, match="is larger than 100 MiB"):
        _records(tmp_path, target.getvalue())


def test_a_cell_at_the_end_of_a_sheet_takes_no_memory_without_end(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(workbook({"S": [*ROWS, [cell("XFD1048576", 1)]]}))
    reading = Reading.model_validate({"format": "excel", "fields": {"text": "text"}})
    with pytest.raises(RequestError, match=r"the library that reads it ended|memory|more than 10,000 columns"):
        list(read_rows(tmp_path / "a.xlsx", reading))


def test_without_the_library_one_message_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    with pytest.raises(RequestError, match=r"need python-calamine\n  pip install 'lm-leaderboard\[excel\]'"):
        _records(tmp_path, b"")
