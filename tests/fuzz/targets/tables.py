"""Files that native libraries read in a process of their own: Parquet, Arrow and spreadsheets.

pyarrow ends its process at some damaged files, which `data.process_rows` makes a message of.
"""

import io
from collections.abc import Callable, Collection, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

from leaderboard.data.record import Record
from tests.data.workbooks import DATE, cell, workbook
from tests.fuzz.mutation import mutated_bytes
from tests.fuzz.target import Target

Reader = Callable[[Path, Collection[str] | None], Iterator[Record]]


@cache
def _table() -> Any:
    import pyarrow as pa

    return pa.table(
        {
            "text": ["A fine film", None, "Bad."],
            "label": [1, 0, 1],
            "kind": pa.array(["x", "y", "x"]).dictionary_encode(),
            "words": [["a", "b"], [], None],
            "nested": [{"a": 1, "b": [["x"]]}, None, {"a": None, "b": None}],
            "when": pa.array([1, None, 2], type=pa.timestamp("ns", "UTC")),
            "bytes": [b"ab", b"\xff", None],
        }
    )


@cache
def _parquet() -> tuple[bytes, ...]:
    import pyarrow.parquet as pq

    files = []
    for options in ({}, {"compression": "zstd", "data_page_version": "2.0"}, {"use_dictionary": False}):
        pq.write_table(_table(), file := io.BytesIO(), **options)
        files.append(file.getvalue())
    return tuple(files)


@cache
def _arrow() -> tuple[bytes, ...]:
    import pyarrow as pa

    files = []
    for new in (pa.ipc.new_stream, pa.ipc.new_file):
        for compression in (None, "lz4", "zstd"):
            file = io.BytesIO()
            with new(file, _table().schema, options=pa.ipc.IpcWriteOptions(compression=compression)) as writer:
                writer.write_table(_table())
            files.append(file.getvalue())
    return tuple(files)


def _read_parquet(path: Path, named: Collection[str] | None) -> Iterator[Record]:
    from leaderboard.data.parquet_file import parquet_rows

    return parquet_rows(path, named)


def _read_arrow(path: Path, named: Collection[str] | None) -> Iterator[Record]:
    from leaderboard.data.arrow_file import arrow_rows

    return arrow_rows(path, named)


def _read_excel(path: Path, named: Collection[str] | None) -> Iterator[Record]:
    from leaderboard.data.excel_file import excel_rows

    return excel_rows(path, None, named, header=True)


@cache
def _excel() -> tuple[bytes, ...]:
    rows = [["text", "label"], ["A fine film", 1], [cell("A3", 46173, style=DATE), None], ["#N/A", True]]
    return tuple(
        workbook({"S": rows}, merged=merged, packed=packed) for merged in ((), ("A2:A3",)) for packed in (True, False)
    )


def _read_file(read: Reader, data: bytes, folder: Path) -> None:
    path = folder / "data"
    path.write_bytes(data)
    for named in (None, {"text", "label"}):
        for record in read(path, named):
            assert isinstance(record.row, dict)


TARGETS = (
    Target(
        name="parquet files",
        inputs=2_000,
        seeds=_parquet,
        change=mutated_bytes,
        read=partial(_read_file, _read_parquet),
        apart=True,
    ),
    Target(
        name="excel files",
        inputs=2_000,
        seeds=_excel,
        change=mutated_bytes,
        read=partial(_read_file, _read_excel),
        apart=True,
    ),
    Target(
        name="arrow files",
        inputs=2_000,
        seeds=_arrow,
        change=mutated_bytes,
        read=partial(_read_file, _read_arrow),
        apart=True,
    ),
)
