"""Parquet and Arrow files: rows as of JSON lines, in another process, within limits."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest

from leaderboard.data import delimited, parquet_pages
from leaderboard.data.arrow_file import arrow_rows
from leaderboard.data.examples import TextExample
from leaderboard.data.parquet_file import parquet_rows
from leaderboard.data.reading import examine_split
from leaderboard.data.rows import read_rows
from leaderboard.data.specification import Reading, Split
from leaderboard.errors import RequestError

CORPUS = Path(__file__).parents[1] / "fuzz" / "corpus" / "parquet_files"
TABLE = pa.table({"text": ["A fine film", "Bad.", None], "label": [1, 0, 1], "words": [["a"], [], None]})
ROWS = [json.loads(json.dumps(row)) for row in TABLE.to_pylist()]
FIELDS = {"text": "text", "label": "label"}


def _parquet(path: Path, table: Any = TABLE, **options: Any) -> Path:
    pq.write_table(table, path, **options)
    return path


def _stream(path: Path, table: Any = TABLE, new: Any = pa.ipc.new_stream, **options: Any) -> Path:
    with new(path, table.schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(table)
    return path


def _file(path: Path, table: Any = TABLE, **options: Any) -> Path:
    return _stream(path, table, pa.ipc.new_file, **options)


def _rows(path: Path, read: Any = parquet_rows, named: Any = None) -> list[Any]:
    return [record.row for record in read(path, named)]


@pytest.mark.parametrize("options", [
    {}, {"compression": "zstd"}, {"compression": "gzip"}, {"compression": "none", "use_dictionary": False},
    {"data_page_version": "2.0"}, {"row_group_size": 1}, {"write_page_index": True}, {"version": "1.0"},
], ids=str)  # fmt: skip
def test_parquet_gives_the_rows_that_were_written(tmp_path: Path, options: Any) -> None:
    assert _rows(_parquet(tmp_path / "a", **options)) == ROWS


@pytest.mark.parametrize("compression", [None, "lz4", "zstd"])
@pytest.mark.parametrize("write", [_stream, _file])
def test_arrow_gives_the_rows_that_were_written(tmp_path: Path, write: Any, compression: Any) -> None:
    table = TABLE.append_column("kind", pa.array(["x", "y", "x"]).dictionary_encode())
    rows = [{**row, "kind": kind} for row, kind in zip(ROWS, "xyx", strict=True)]
    assert _rows(write(tmp_path / "a", table, compression=compression), arrow_rows) == rows


def test_feather_of_pandas_is_arrow(tmp_path: Path) -> None:
    pyarrow.feather.write_feather(TABLE.to_pandas(), str(tmp_path / "a"))
    assert _rows(tmp_path / "a", arrow_rows, {"text"})[:2] == [{"text": "A fine film"}, {"text": "Bad."}]


@pytest.mark.slow_after(1)
@pytest.mark.parametrize(("form", "write"), [("parquet", _parquet), ("arrow", _file)])
def test_a_split_reads_them_in_another_process(tmp_path: Path, form: str, write: Any) -> None:
    path = write(tmp_path / "a")
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    split = Split.model_validate({"source": {"file": "a", "sha256": sha256}})
    values = {"0": "no", "1": "yes"}
    reading = Reading.model_validate({"format": form, "fields": FIELDS, "label_values": values, "missing": "drop"})
    result = examine_split(split, reading, ("no", "yes"), TextExample, name="test", folder=tmp_path, offline=True)
    assert [(each.id, each.text, each.label) for each in result.examples] == [
        ("test-1", "A fine film", 1),
        ("test-2", "Bad.", 0),
    ]
    assert result.notes == ("1 of 3 rows of a lack a value and were left out",)


def test_a_file_that_ends_the_process_that_reads_it_is_one_message() -> None:
    reading = Reading.model_validate({"format": "parquet", "fields": FIELDS})
    with pytest.raises(RequestError, match=r"the library that reads it ended with status|not a readable Parquet file"):
        list(read_rows(CORPUS / "uncaught-exception", reading))


def test_a_column_that_is_missing_is_named_among_those_that_are_there(tmp_path: Path) -> None:
    assert _rows(_parquet(tmp_path / "a"), named={"text", "Label"}) == ROWS
    assert _rows(tmp_path / "a", named={"label"}) == [{"label": row["label"]} for row in ROWS]


@pytest.mark.parametrize("read", [parquet_rows, arrow_rows])
@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" * 10, b"ARROW1\0\0", b"\xff" * 100, b"text,label\n"])
def test_what_is_none_is_refused(tmp_path: Path, read: Any, content: bytes) -> None:
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(RequestError, match="a: not a readable"):
        _rows(tmp_path / "a", read)


@pytest.mark.slow_after(1)
@pytest.mark.parametrize(
    ("column", "reason"),
    [
        (lambda: ["a" * 4_000_000 + str(number) for number in range(30)], "larger than 100 MiB"),
        (lambda: pa.array([[None] * 60_000_000], type=pa.list_(pa.int8())), "more than 50,000,000 values"),
    ],
    ids=["pages", "nulls in a list"],
)
def test_a_parquet_file_that_becomes_too_large_is_refused_before_it_is_read(
    tmp_path: Path, column: Callable[[], Any], reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _parquet(tmp_path / "a", pa.table({"x": column()}), compression="zstd", use_dictionary=False)
    assert path.stat().st_size < 500_000
    monkeypatch.setattr("leaderboard.data.parquet_file.batch_rows", None)
    with pytest.raises(RequestError, match=reason):
        _rows(path)


def test_compressed_arrow_that_becomes_too_large_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _stream(tmp_path / "a", pa.table({"x": ["a" * 120_000_000]}), compression="zstd")
    assert path.stat().st_size < 100_000
    monkeypatch.setattr("leaderboard.data.arrow_file.batch_rows", None)
    with pytest.raises(RequestError, match="larger than 100 MiB"):
        _rows(path, arrow_rows)


@pytest.mark.parametrize(("read", "write"), [(parquet_rows, _parquet), (arrow_rows, _stream)])
def test_limits_of_text_files_hold(
    tmp_path: Path, read: Callable[..., Any], write: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "a")
    monkeypatch.setattr("leaderboard.data.row_limits.MOST_ROWS", 2)
    with pytest.raises(RequestError, match="more than 2 rows"):
        _rows(path, read)
    monkeypatch.setattr("leaderboard.data.row_limits.MOST_COLUMNS", 2)
    with pytest.raises(RequestError, match="more than 2 columns"):
        _rows(path, read)
    assert delimited.MOST_ROWS == 5_000_000


def test_pages_without_number_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _parquet(tmp_path / "a", row_group_size=1)
    monkeypatch.setattr(parquet_pages, "MOST_PAGES", 3)
    with pytest.raises(RequestError, match="more than 3 pages"):
        _rows(path)


def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    """A column of 200,000 texts is never in memory as a whole: what pyarrow holds at most is a part of the file."""
    texts = [f"{number} " * 40 for number in range(50_000)]
    path = _parquet(tmp_path / "a", pa.table({"text": texts, "other": texts}), use_dictionary=False)
    before, most = pa.total_allocated_bytes(), 0
    for record in parquet_rows(path, {"text"}):
        most = max(most, pa.total_allocated_bytes() - before) if record.number % 1_000 == 0 else most
    assert record.number == 50_000
    assert most < sum(map(len, texts)) / 2
