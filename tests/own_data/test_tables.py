"""Tables that are no text: spreadsheets with and without a header, flags of other formats, bad rows."""

from pathlib import Path

import pandas as pd
import pytest

from leaderboard import Leaderboard
from leaderboard.data.specification import FileFormat
from leaderboard.errors import RequestError
from leaderboard.own_data.format_flags import refuse_useless_flags
from leaderboard.own_data.inspection import Inspection, inspect_data
from leaderboard.own_data.options import DataArguments, DataOptions
from tests.data.workbooks import workbook
from tests.own_data.files import json_rows, reviews

pytest.importorskip("python_calamine", reason="the extra excel is not installed")
ROWS: list[list[object]] = [[text, label] for text, label in reviews()]


def inspect(path: Path, options: DataArguments | None = None) -> Inspection:
    return inspect_data(DataOptions.read(path, options or {}))


def excel(folder: Path, rows: list[list[object]]) -> Path:
    path = folder / "reviews.xlsx"
    path.write_bytes(workbook({"S": rows}))
    return path


@pytest.mark.slow
@pytest.mark.parametrize("options", [{}, {"header": False}])
def test_a_spreadsheet_without_a_header_keeps_its_first_row(tmp_path: Path, options: DataArguments) -> None:
    path = excel(tmp_path, ROWS)
    inspection = inspect(path, options)
    assert (inspection.main.survey.rows, inspection.main.columns.fields) == (120, {"text": "0", "label": "1"})
    written = Leaderboard().init_tasks(path, **options)
    assert not any(check.problems for check in Leaderboard().check_tasks(written.paths))


@pytest.mark.slow
@pytest.mark.parametrize("options", [{}, {"header": True}])
def test_a_spreadsheet_with_a_header(tmp_path: Path, options: DataArguments) -> None:
    inspection = inspect(excel(tmp_path, [["text", "label"], *ROWS]), options)
    assert (inspection.main.survey.rows, inspection.main.columns.text) == (120, "text")


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ({"delimiter": ";"}, FileFormat.PARQUET),
        ({"encoding": "gb18030"}, FileFormat.EXCEL),
        ({"header": False}, FileFormat.ARROW),
        ({"delimiter": ";"}, FileFormat.JSON),
    ],
)
def test_flags_of_other_formats_are_refused(options: DataArguments, kind: FileFormat) -> None:
    request = DataOptions.read("reviews", options)
    with pytest.raises(RequestError, match=f"--{next(iter(options))}.* is for .* no file is of such a format"):
        refuse_useless_flags(request, [kind])
    refuse_useless_flags(request, [kind, FileFormat.DELIMITED])


def test_a_delimiter_is_for_no_json(tmp_path: Path) -> None:
    path = tmp_path / "reviews.jsonl"
    path.write_text(json_rows({"text": text, "label": label} for text, label in reviews()))
    with pytest.raises(RequestError, match="--delimiter is for delimited text"):
        inspect(path, {"delimiter": ";"})


@pytest.mark.slow
def test_bad_rows_of_a_table_are_left_out_of_its_task_too(tmp_path: Path) -> None:
    path = excel(tmp_path, [["text", "label"], *ROWS, [7, "positive"]])
    with pytest.raises(RequestError, match="--drop-bad-rows"):
        inspect(path)
    written = Leaderboard().init_tasks(path, drop_bad_rows=True)
    assert written.inspection.main.survey.bad == 1
    assert not any(check.problems for check in Leaderboard().check_tasks(written.paths))


@pytest.mark.slow
def test_a_sheet_is_named_where_there_are_several(tmp_path: Path) -> None:
    path = tmp_path / "reviews.xlsx"
    path.write_bytes(workbook({"Notes": [["x"]], "Data": [["text", "label"], *ROWS]}))
    with pytest.raises(RequestError, match=r"2 sheets: 'Notes', 'Data'(?s:.*)--sheet NAME"):
        inspect(path)
    written = Leaderboard().init_tasks(path, sheet="Data")
    assert written.inspection.main.survey.rows == 120
    assert not any(check.problems for check in Leaderboard().check_tasks(written.paths))


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("ending", [".xlsm", ".XLSX"])
def test_other_endings_of_spreadsheets_are_read(tmp_path: Path, ending: str) -> None:
    path = excel(tmp_path, [["text", "label"], *ROWS]).rename(tmp_path / f"reviews{ending}")
    assert inspect(path).main.survey.rows == len(ROWS)


def test_a_spreadsheet_with_the_ending_of_text_is_named_as_one(tmp_path: Path) -> None:
    path = excel(tmp_path, [["text", "label"], *ROWS]).rename(tmp_path / "reviews.csv")
    with pytest.raises(RequestError, match=r"a spreadsheet\n  Give it the ending \.xlsx"):
        inspect(path)


def test_parquet_is_known_by_its_first_bytes(tmp_path: Path) -> None:
    path = tmp_path / "reviews.csv"
    pd.DataFrame(ROWS, columns=["text", "label"]).to_parquet(path)
    assert inspect(path).main.survey.rows == len(ROWS)
